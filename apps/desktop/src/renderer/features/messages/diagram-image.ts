export type DiagramRequest = { code: string; isDark: boolean };
/** An SVG document, and its size in CSS pixels. */
export type DiagramAnswer = { svg: string; width: number; height: number };
export type DiagramImage = { src: string; width: number; height: number };

const patienceMs = 15_000;
const maxSvgChars = 5_000_000;

let opening: Promise<HTMLIFrameElement> | null = null;

/** Drawing measures, so the frame is laid out, where nobody sees it. */
const offScreen =
  "position:fixed;left:-10000px;top:0;width:1280px;height:800px;border:0;visibility:hidden;pointer-events:none";

function openFrame(title: string): Promise<HTMLIFrameElement> {
  const { promise, resolve } = Promise.withResolvers<HTMLIFrameElement>();
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = title;
  frame.tabIndex = -1;
  frame.setAttribute("aria-hidden", "true");
  frame.style.cssText = offScreen;
  frame.addEventListener("load", () => resolve(frame), { once: true });
  frame.src = new URL("diagram.html", document.baseURI).href;
  document.body.append(frame);
  return promise;
}

/** Without the frame, and whatever it was at: the next diagram gets a new one. */
function closeFrame(): void {
  const closed = opening;
  opening = null;
  void closed?.then((frame) => frame.remove());
}

/**
 * A diagram as a picture, which the browser runs nothing of and fetches nothing for. What reads its text and lays it out
 * runs in a frame without an origin: it reaches neither this page, nor the server, nor the network. Rejects for a text
 * that is not a diagram, or that takes too long to draw.
 */
export async function drawDiagram(request: DiagramRequest, title: string): Promise<DiagramImage> {
  opening ??= openFrame(title);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const { port1, port2 } = new MessageChannel();
  const timer = setTimeout(() => {
    closeFrame();
    reject(new Error("the diagram took too long"));
  }, patienceMs);
  try {
    port1.addEventListener("message", (event) => resolve(event.data));
    port1.start();
    const frame = await Promise.race([opening, promise as Promise<never>]);
    // It has no origin that could be named.
    frame.contentWindow?.postMessage(request, "*", [port2]);
    return toImage(await promise);
  } finally {
    clearTimeout(timer);
    port1.close();
  }
}

/** The frame may have been taken over by a diagram: what it says is looked at like a stranger's words. */
function toImage(answer: unknown): DiagramImage {
  const { svg, width, height } = (answer ?? {}) as Partial<Record<keyof DiagramAnswer, unknown>>;
  if (typeof svg !== "string" || svg.length > maxSvgChars) throw new Error("this is no diagram");
  const isSize = (size: unknown): size is number => typeof size === "number" && size > 0 && size < 100_000;
  if (!isSize(width) || !isSize(height)) throw new Error("this diagram has no size");
  return { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`, width, height };
}
