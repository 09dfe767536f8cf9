import { expect, test } from "vitest";
import { runConformance } from "./testing/conformance.ts";
import type { Scores, Suite } from "./testing/conformance.ts";
import { openFixtureServer } from "./testing/fixture-server.ts";
import { openRelayHost } from "./testing/relay-host.ts";

const suites: [name: string, suite: Suite, passed: number][] = [
  ["all of 0.1", { package: "conformance-0.1", args: ["--suite", "all"] }, 44],
  ["revision 2025-11-25", { package: "conformance-0.2", args: ["--requirements", "2025-11-25"] }, 84],
  // Its 30 failures are the tasks extension, which the fixture has not.
  ["revision 2026-07-28", { package: "conformance-0.2", args: ["--requirements", "2026-07-28"] }, 164],
];

/** They ask the path of the URL they are given, without its query. */
const losesQuery = new Set(["http-header-validation", "http-custom-header-server-validation"]);
const comparable = (scores: Scores) =>
  Object.fromEntries(Object.entries(scores).filter(([name]) => !losesQuery.has(name)));

test.each(suites)(
  "the official conformance suite scores a server the same through the relay as directly: %s",
  // Some scenarios wait a second or less for what must come: on a crowded machine that may fail, on either way.
  { timeout: 120_000, retry: 2 },
  async (_name, suite, passed) => {
    await using server = await openFixtureServer();
    await using relay = await openRelayHost({
      servers: { fixture: { url: server.url } },
      dialer: { allowAddresses: ["127.0.0.1", "::1"] },
    });
    const [direct, registered, byUrl] = await Promise.all([
      runConformance(suite, server.url),
      runConformance(suite, `${relay.url}/mcp/fixture`),
      runConformance(suite, `${relay.url}/mcp?transportType=streamable-http&url=${encodeURIComponent(server.url)}`),
    ]);
    expect(registered).toEqual(direct);
    expect(comparable(byUrl)).toEqual(comparable(direct));
    expect(Object.values(direct).reduce((sum, score) => sum + score.passed, 0)).toBe(passed);
  },
);
