import { join } from "node:path";
import { expect, test } from "vitest";
import { createEraStoreInMemory } from "../connections/era-memory.ts";
import { openProgram, programSpec, rogueSpec } from "./testing/rogue-connection.ts";

const fixture = (mode = "") => programSpec(join(import.meta.dirname, "testing", "fixture-program.ts"), mode);

test("a local program of 2026-07-28 is spoken to in its own era: calls, questions, progress, cancelling", async () => {
  const onElicitation = async () => ({ action: "accept" as const, content: { name: "Ada" } });
  await using connection = await openProgram(fixture(), { onElicitation });
  expect(connection.era).toBe("modern");
  const steps: number[] = [];
  const countdown = { name: "countdown", arguments: { steps: 3, everyMs: 20 } };
  await connection.call({ ...countdown, onProgress: ({ progress }) => steps.push(progress) });
  expect(steps).toEqual([1, 2, 3]);
  expect((await connection.call({ name: "ask_name" })).content).toEqual([{ type: "text", text: "accept Ada" }]);
  const stop = new AbortController();
  const hanging = connection.call({ name: "hang", signal: stop.signal });
  stop.abort();
  await expect(hanging).rejects.toMatchObject({ failure: { code: "mcp.cancelled" } });
  expect(await connection.ping()).toMatchObject({ reachable: true, era: "modern" });
});

test("one that dies at a question it does not know is asked the older one, and from then on only that", async () => {
  const eras = createEraStoreInMemory();
  await using first = await openProgram(fixture("dies-at-discover"), { eras });
  expect(first.era).toBe("legacy");
  await using second = await openProgram(fixture("dies-at-discover"), { eras });
  expect((await second.call({ name: "echo", arguments: { text: "hi" } })).isError).toBe(false);
});

test("one that never answers is given up in time, and nothing of it is left", async () => {
  const limits = { connectMs: 500 };
  await expect(openProgram(rogueSpec("deaf"), { limits })).rejects.toMatchObject({
    failure: { code: "mcp.timed_out", waitedFor: "connection" },
  });
});
