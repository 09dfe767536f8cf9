// The server as a bundle: one entry, and a chunk for each part that is loaded only when it is used. What holds native
// code, or finds its own files, stays a package.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const place = (relative) => fileURLToPath(new URL(relative, import.meta.url));
await rm(place("dist"), { recursive: true, force: true });
await build({
  input: { main: place("src/main.ts") },
  platform: "node",
  external: [/^node:/, "better-sqlite3"],
  output: {
    dir: place("dist"),
    format: "esm",
    entryFileNames: "[name].js",
    // Beside the entry: places of files are relative to the module that asks.
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: false } },
  },
  logLevel: "warn",
});
