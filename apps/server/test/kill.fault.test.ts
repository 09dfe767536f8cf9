import { expect, test } from "vitest";
import { runKillLoop } from "./kill-loop.ts";

/** About a minute on two idle cores. */
const timeoutMs = 400_000;

test(
  "a server that is killed under load, 25 times, loses nothing it acknowledged and doubles nothing",
  {
    timeout: timeoutMs,
  },
  async () => {
    const report = await runKillLoop({ loops: 25, clients: 20, seed: Date.now() % 1_000_000 });
    expect(report.findings, report.log).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(100);
    expect(report.interrupted).toBeGreaterThan(0);
    expect(report.slowestRecoveryMs).toBeLessThan(5_000);
  },
);

test(
  "a server that is stopped under load ends in order within ten seconds, with every run ended and nothing lost",
  {
    timeout: timeoutMs,
  },
  async () => {
    const report = await runKillLoop({ loops: 4, clients: 20, seed: Date.now() % 1_000_000, how: "stop" });
    expect(report.findings, report.log).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(20);
  },
);
