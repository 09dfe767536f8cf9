import mermaid from "mermaid";

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
export function toPlainDiagram(code: string): string {
  if (fetches.test(code)) throw new Error("the diagram wants to load something");
  return code
    .replace(/^\s*---\n[^]*?\n---\n/, "")
    .replace(/%%\{[^]*?\}%%/g, "")
    .replace(/<(?=[a-z/!?])(?!br\s*\/?>)/gi, "#lt;");
}

export type DiagramImage = { src: string; width: number; height: number };

/**
 * A diagram as a picture: the browser runs nothing and fetches nothing for one. One after the other, as mermaid
 * draws into the page while it measures. Rejects for a text that is not a diagram.
 */
export function drawDiagram(code: string, isDark: boolean): Promise<DiagramImage> {
  const drawn = last.then(() => draw(code, isDark));
  last = drawn.catch(() => {});
  return drawn;
}

async function draw(code: string, isDark: boolean): Promise<DiagramImage> {
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
  const text = new XMLSerializer().serializeToString(root);
  return { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`, width, height };
}
