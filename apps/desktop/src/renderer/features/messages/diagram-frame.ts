import mermaid from "mermaid";
import type { DiagramAnswer, DiagramRequest } from "./diagram-image.ts";

/** The script of `diagram.html`: draws for the page that frames it, one diagram after the other. */
let last: Promise<unknown> = Promise.resolve();
let count = 0;

/** What a diagram's own text must not change: it comes from a model. */
const secure = ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "suppressErrorRendering"];
const secureLooks = ["themeCSS", "themeVariables", "fontFamily", "altFontFamily", "htmlLabels", "flowchart"];
const forbidden = "script, foreignObject, image, iframe, object, embed, audio, video, animate, set";

/** What fetches something while a diagram is measured, before anything could be taken out of it. */
const fetches = /\bimg\s*:|\bicon\s*:|url\s*\(|@import/i;

/**
 * A diagram's text without what could do more than draw: settings of its own, and tags other than line breaks.
 * Throws for one that wants to load something.
 */
function toPlainDiagram(code: string): string {
  if (fetches.test(code)) throw new Error("the diagram wants to load something");
  return code
    .replace(/^\s*---\n[^]*?\n---\n/, "")
    .replace(/%%\{[^]*?\}%%/g, "")
    .replace(/<(?=[a-z/!?])(?!br\s*\/?>)/gi, "#lt;");
}

async function draw({ code, isDark }: DiagramRequest): Promise<DiagramAnswer> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    look: "classic",
    theme: isDark ? "dark" : "neutral",
    fontFamily: "ui-sans-serif, system-ui, sans-serif",
    secure: [...secure, ...secureLooks],
  });
  const { svg } = await mermaid.render(`diagram-${++count}`, toPlainDiagram(code));
  const document = new DOMParser().parseFromString(svg, "text/html");
  const root = document.querySelector("svg");
  if (!root) throw new Error("mermaid drew nothing");
  for (const element of root.querySelectorAll(forbidden)) element.remove();
  const [, , width = 0, height = 0] = (root.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
  root.setAttribute("width", String(width));
  root.setAttribute("height", String(height));
  return { svg: new XMLSerializer().serializeToString(root), width, height };
}

addEventListener("message", (event: MessageEvent<DiagramRequest>) => {
  const [port] = event.ports;
  if (event.source !== parent || !port) return;
  const drawn = last.then(() => draw(event.data));
  last = drawn.catch(() => {});
  drawn.then(
    (answer) => port.postMessage(answer),
    () => port.postMessage(null),
  );
});
