import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { Plugin } from "vite";

const entry = fileURLToPath(new URL("features/messages/diagram-frame.ts", import.meta.url));
const fileName = "diagram.html";

/**
 * Makes `diagram.html`: what draws diagrams, as one page with nothing beside it, for a frame that has no origin and so
 * can load nothing. Its policy lets it run that one script and reach nobody; the server says that it is a sandbox, also
 * for who opens it by its address.
 */
export function diagramFrame(): Plugin {
  let made: Promise<string> | null = null;
  return {
    name: "diagram-frame",
    async generateBundle() {
      this.emitFile({ type: "asset", fileName, source: await makePage() });
    },
    configureServer(server) {
      server.middlewares.use(`/${fileName}`, (_request, response, next) => {
        made ??= makePage();
        made.then((page) => {
          response.setHeader("content-type", "text/html; charset=utf-8");
          response.setHeader("content-security-policy", "sandbox allow-scripts");
          response.end(page);
        }, next);
      });
    },
  };
}

async function makePage(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      target: ["chrome125", "firefox128", "safari17.5"],
      lib: { entry, formats: ["iife"], name: "diagram" },
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const outputs = Array.isArray(built) ? built : [built];
  const chunks = outputs.flatMap((one) => ("output" in one ? one.output : [])).filter(({ type }) => type === "chunk");
  const [chunk, ...others] = chunks;
  if (chunk?.type !== "chunk" || others.length > 0) throw new Error(`${fileName} wants one script`);
  const script = chunk.code.replaceAll("</script", String.raw`<\/script`).replaceAll("<!--", String.raw`<\!--`);
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'`;
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><title>diagram</title><body><script>${script}</script>`;
}
