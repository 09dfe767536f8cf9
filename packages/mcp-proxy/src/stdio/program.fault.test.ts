import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRealEnvironment, until } from "../connections/testing/test-environment.ts";
import { approvalHash } from "../server-spec.ts";
import type { StdioServerSpec } from "../server-spec.ts";
import { createStdioTransport } from "./stdio-transport.ts";
import { isAlive, livingGroups, membersOf } from "./testing/processes.ts";
import { hostForTests, openProgram, rogueSpec } from "./testing/rogue-connection.ts";

const environment = createRealEnvironment();

/** Starts the program bare, without a client that would speak to it. */
async function openPipes(spec: StdioServerSpec) {
  const transport = createStdioTransport({ spec, approval: approvalHash(spec), host: hostForTests });
  const closed = new Promise<void>((resolve) => (transport.onclose = resolve));
  await transport.start();
  return { transport, closed, groupId: transport.pid() ?? 0 };
}

test("after two hundred crashes, each leaving a grandchild, no process is left", async () => {
  const script = `sleep 300 & echo "$!" >&2; exit 7`;
  const spec: StdioServerSpec = { type: "stdio", command: "/bin/sh", args: ["-c", script], env: {} };
  const processes: number[] = [];
  for (let batch = 0; batch < 10; batch++) {
    const crashed = Array.from({ length: 20 }, async () => {
      const { transport, closed, groupId } = await openPipes(spec);
      await closed;
      expect(transport.failure()).toEqual({ code: "mcp.crashed", exitCode: 7, signal: null });
      processes.push(groupId, Number(transport.stderrTail()));
    });
    await Promise.all(crashed);
  }
  expect(processes.filter((pid) => pid > 1)).toHaveLength(400);
  await until(() => {
    const groups = livingGroups();
    return !processes.some((pid) => isAlive(pid) || groups.has(pid));
  }, "all are gone");
});

describe("ending a program", () => {
  test.each(["calm", "deaf", "ignore-sigterm", "grandchild", "flood-stderr"])(
    "that is %s takes its whole group with it, within 5 s",
    async (behavior) => {
      const { transport, groupId } = await openPipes(rogueSpec(behavior));
      if (behavior === "grandchild") await until(() => membersOf(groupId).length === 2, "the grandchild runs");
      await environment.wait(behavior === "calm" ? 0 : 300);
      const startMs = performance.now();
      await transport.close();
      expect(performance.now() - startMs).toBeLessThan(5_000);
      await until(() => membersOf(groupId).length === 0, "the group is gone");
      expect(transport.failure()).toBeUndefined();
    },
  );

  test("that writes without end does not wait for the end", async () => {
    await using connection = await openProgram(rogueSpec("flood"));
    connection.call({ name: "act" }).catch(() => {});
    await environment.wait(300);
    const startMs = performance.now();
    await connection[Symbol.asyncDispose]();
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});

describe("a program that", () => {
  test("crashes in a call leaves its outcome unknown, and says how it ended", async () => {
    await using connection = await openProgram(rogueSpec("crash", "9"));
    const because = { code: "mcp.crashed", exitCode: 9, signal: null };
    await expect(connection.call({ name: "act" })).rejects.toMatchObject({
      failure: { code: "mcp.outcome_unknown", because },
    });
    expect(await connection.ended).toEqual(because);
    await expect(connection.tools({ refresh: true })).rejects.toMatchObject({ failure: because });
  });

  test("hangs is given up in time, and ends with its connection", async () => {
    await using connection = await openProgram(rogueSpec("hang"));
    await expect(connection.call({ name: "act", idleMs: 200 })).rejects.toMatchObject({
      failure: { code: "mcp.outcome_unknown", because: { code: "mcp.timed_out" } },
    });
  });

  test("floods its output is read no faster than the limit, and our memory stays flat", async () => {
    const stdio = { limits: { maxMessagesPerSecond: 500 } };
    await using connection = await openProgram(rogueSpec("flood"), {}, stdio);
    const beforeBytes = process.memoryUsage().rss;
    const usedBefore = process.cpuUsage();
    await expect(connection.call({ name: "act", idleMs: 2_000 })).rejects.toThrow();
    const used = process.cpuUsage(usedBefore);
    expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(100 * 1024 * 1024);
    expect((used.user + used.system) / 1_000).toBeLessThan(1_500);
  });

  test("writes a line without end is ended", async () => {
    await using connection = await openProgram(
      rogueSpec("endless-line"),
      {},
      { limits: { maxMessageBytes: 1_000_000 } },
    );
    await expect(connection.call({ name: "act" })).rejects.toMatchObject({
      failure: { code: "mcp.outcome_unknown", because: { code: "mcp.too_large", maxBytes: 1_000_000 } },
    });
    expect(await connection.ended).toEqual({ code: "mcp.too_large", maxBytes: 1_000_000 });
  });

  test("never reads is refused more than its pipe can hold", async () => {
    const spec = rogueSpec("deaf");
    const limits = { maxQueuedBytes: 1_000_000 };
    const transport = createStdioTransport({ spec, approval: approvalHash(spec), host: hostForTests, limits });
    await transport.start();
    const send = async () => {
      for (;;) await transport.send({ jsonrpc: "2.0", method: "notifications/x", params: { x: "x".repeat(100_000) } });
    };
    await expect(send()).rejects.toMatchObject({ failure: { code: "mcp.flooded" } });
    await transport.close();
  });

  test("floods stderr is remembered by its last 64 KiB", async () => {
    await using connection = await openProgram(rogueSpec("flood-stderr"));
    await connection.call({ name: "act" });
    await until(() => connection.stderrTail().endsWith("noise 19999\n"), "the last line is there");
    expect(Buffer.byteLength(connection.stderrTail())).toBeLessThanOrEqual(64 * 1024);
  });
});

test("programs die with a process that was killed, deaf to SIGTERM and to the end of their input as they may be", async () => {
  const host = spawn(process.execPath, [join(import.meta.dirname, "testing", "guarded-host.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: host.stdout }), "line")) as [string];
  const groups = JSON.parse(line) as { kept: number[]; ended: number };
  expect(groups.kept.every((groupId) => membersOf(groupId).length > 0)).toBe(true);
  host.kill("SIGKILL");
  await until(() => groups.kept.every((groupId) => membersOf(groupId).length === 0), "all are gone");
});
