import { readFileSync } from "node:fs";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

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

const { version } = JSON.parse(readFileSync(new URL("../../../server/package.json", import.meta.url), "utf8")) as {
  version: string;
};

export default defineConfig({
  define: { __CHATEE_VERSION__: JSON.stringify(version) },
  // Relative, so that the build also works below a path of a reverse proxy.
  base: "./",
  plugins: [noHtmlInMarkdown, react(), tailwindcss()],
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
