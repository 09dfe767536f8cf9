import { approvalHash } from "../../server-spec.ts";
import { openOrphanGuard } from "../orphan-guard.ts";
import { createStdioTransport } from "../stdio-transport.ts";
import { hostForTests, rogueSpec } from "./rogue-connection.ts";

/** A process that runs local servers under a guard, says which, and waits to be killed. */
const host = { ...hostForTests, guard: openOrphanGuard() };
const transports = ["ignore-sigterm", "ignore-sigterm", "ignore-sigterm"].map((behavior) => {
  const spec = rogueSpec(behavior);
  return createStdioTransport({ spec, approval: approvalHash(spec), host });
});
for (const transport of transports) await transport.start();
const [first, ...kept] = transports;
const ended = first?.pid();
await first?.close();
process.stdout.write(`${JSON.stringify({ ended, kept: kept.map((transport) => transport.pid()) })}\n`);
setInterval(() => {}, 1_000);
