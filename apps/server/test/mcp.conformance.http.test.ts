import { runClientConformance } from "@chatee/mcp-proxy/testing/client-conformance";
import { expect, it } from "vitest";
import { answerForms, createConformanceClient, isExtension, reasonOf } from "./conformance-client.ts";
import { createTestServer, openClient } from "./create-test-server.ts";

const env = {
  CHATEE_MCP__ALLOW_ADDRESSES: "127.0.0.0/8,::1/128",
  // The one that the suite expects; it is asked for by nobody.
  CHATEE_MCP__CLIENT_METADATA_URL: "https://conformance-test.local/client-metadata.json",
};
/** Where the suite's servers do what must not be put up with: what chatee says to whoever signs in. */
const refused: Record<string, unknown> = {
  "auth/scope-retry-limit": "mcp.needs_sign_in",
  "auth/resource-mismatch": "untrusted",
  "auth/metadata-issuer-mismatch": "untrusted",
  "auth/iss-wrong-issuer": "wrong_issuer",
  "auth/iss-unexpected": "wrong_issuer",
  "auth/iss-supported-missing": "wrong_issuer",
  "auth/iss-normalized": "wrong_issuer",
};

it.each([
  ["0.1", "2025-11-25, core and auth", "conformance-0.1", ["--suite", "core"], 18],
  ["0.2", "2025-11-25", "conformance-0.2", ["--requirements", "2025-11-25"], 19],
  ["0.2", "2026-07-28", "conformance-0.2", ["--requirements", "2026-07-28"], 33],
] as const)(
  "the official client suite %s passes chatee in every scenario of %s, driven through the typed API",
  { timeout: 120_000 },
  async (_version, _revision, suite, args, count) => {
    await using server = await createTestServer({ env });
    await using typed = openClient(server);
    using _answering = answerForms(typed);
    const verdicts = await runClientConformance({ package: suite, args }, createConformanceClient(server, typed));
    const scored = Object.entries(verdicts).filter(([scenario]) => !isExtension.test(scenario));
    expect(scored.length).toBe(count);
    for (const [scenario, { passed, failures, warnings, refusal }] of scored) {
      // Of that scenario one check is about milliseconds, which a busy machine decides.
      const noted = scenario === "sse-retry" ? failures : [...failures, ...warnings];
      expect({ noted, refusal: reasonOf(refusal) }, scenario).toEqual({
        noted: [],
        refusal: refused[scenario] ?? null,
      });
      expect(passed, scenario).toBeGreaterThan(0);
    }
  },
);
