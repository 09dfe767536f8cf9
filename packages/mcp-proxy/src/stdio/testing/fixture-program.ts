import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createFixtureServer, createFixtureState } from "../../connections/testing/fixture-tools.ts";

/** The fixture as a local program that speaks both eras, or dies at a question it does not know. */
const [mode] = process.argv.slice(2);
const state = createFixtureState();

if (mode === "dies-at-discover") {
  process.stdin.on("data", (chunk) => {
    if (String(chunk).includes("server/discover")) process.exit(1);
  });
}
serveStdio(() => createFixtureServer(state));
