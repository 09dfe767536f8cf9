// The desktop shell as two bundles: the main process, and the preload, which a sandboxed page's process takes as one
// script of the old kind. Whether the preload is small enough to be read is part of the point.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const place = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const common = { platform: "node", logLevel: "warn" };

for (const folder of ["dist/main", "dist/preload"]) await rm(place(folder), { recursive: true, force: true });
await build([
  {
    ...common,
    input: { main: place("src/main/main.ts") },
    external: [/^node:/, "electron", "@lydell/node-pty"],
    output: { dir: place("dist/main"), format: "esm", entryFileNames: "[name].js", sourcemap: true },
  },
  {
    ...common,
    input: { preload: place("src/preload/preload.ts") },
    external: ["electron"],
    output: { dir: place("dist/preload"), format: "cjs", entryFileNames: "[name].cjs" },
  },
]);
