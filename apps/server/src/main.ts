import { existsSync } from "node:fs";
import { openCodeCache } from "./code-cache.ts";
import { dataDirectoryOf } from "./data-place.ts";

// Before anything large is loaded; a data directory that is not there yet is made only when the configuration is right.
const dataDirectory = dataDirectoryOf(process.env);
if (existsSync(dataDirectory)) openCodeCache(dataDirectory);
const { runCommand } = await import("./commands.ts");
await runCommand(process.argv.slice(2));
