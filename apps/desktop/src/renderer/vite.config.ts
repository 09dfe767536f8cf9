import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import type { Plugin } from "vite";
import { diagramFrame } from "./vite.diagram-frame.ts";

const server = "http://127.0.0.1:3002";
/** The server refuses foreign origins, so in development requests arrive as its own page would send them. */
const own = { target: server, changeOrigin: true, headers: { origin: server } };

/**
 * Streamdown brings an HTML parser of 150 KB for HTML inside of Markdown, which chatee shows as text. Without the
 * parser that cannot be switched on by mistake.
 */
const noHtmlInMarkdown: Plugin = {
  name: "no-html-in-markdown",
  enforce: "pre",
  resolveId: (source) => (source === "rehype-raw" ? "\0rehype-raw" : null),
  load: (id) => (id === "\0rehype-raw" ? "export default function rehypeRaw() {}" : null),
};

/** Beside each file what the server sends to a browser that can unpack it; on a slow network the first screen waits for it. */
const compressed: Plugin = {
  name: "compressed",
  async writeBundle({ dir }, bundle) {
    for (const file of Object.values(bundle)) {
      const bytes = Buffer.from(file.type === "chunk" ? file.code : file.source);
      if (!/\.(js|css|html|svg)$/.test(file.fileName) || bytes.length <= 1_024) continue;
      await writeFile(join(dir ?? "", `${file.fileName}.gz`), gzipSync(bytes, { level: 9 }));
    }
  },
};

const { version } = JSON.parse(readFileSync(new URL("../../../server/package.json", import.meta.url), "utf8")) as {
  version: string;
};

export default defineConfig({
  define: { __CHATEE_VERSION__: JSON.stringify(version) },
  // Relative, so that the build also works below a path of a reverse proxy.
  base: "./",
  plugins: [noHtmlInMarkdown, react(), tailwindcss(), diagramFrame(), compressed],
  server: {
    host: "127.0.0.1",
    port: 5173,
    // Below /api lie the server's REST face and, in development, this folder's own api/*.ts.
    proxy: {
      "/trpc": { ...own, ws: true },
      "^/api/(?![a-z-]+\\.tsx?)": own,
      "/health": own,
      "/auth": own,
      "/data": own,
    },
  },
  build: {
    target: ["chrome125", "firefox128", "safari17.5"],
    // A data URL for a font or an image would need the policy to allow it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
