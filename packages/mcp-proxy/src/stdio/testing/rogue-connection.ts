import { join } from "node:path";
import { openConnection } from "../../connections/connection.ts";
import type { ConnectionOptions } from "../../connections/connection.ts";
import { createRealEnvironment, fixtureOptions } from "../../connections/testing/test-environment.ts";
import { approvalHash } from "../../server-spec.ts";
import type { StdioServerSpec } from "../../server-spec.ts";
import type { ProgramHost } from "../program.ts";
import type { StdioLimits } from "../stdio-transport.ts";

export const hostForTests: ProgramHost = { environment: createRealEnvironment(), baseEnvironment: process.env };

export function programSpec(script: string, ...args: string[]): StdioServerSpec {
  return { type: "stdio", command: process.execPath, args: [script, ...args], env: {} };
}

/** A reference server as published: `everything`, `filesystem` or `memory`. */
export function publishedProgram(name: string): string {
  const folder = join(import.meta.dirname, "..", "..", "..", "node_modules", "@modelcontextprotocol", `server-${name}`);
  return join(folder, "dist", "index.js");
}

export function rogueSpec(behavior: string, ...details: string[]): StdioServerSpec {
  return programSpec(join(import.meta.dirname, "rogue-program.ts"), behavior, ...details);
}

/** A connection to a program that its owner has approved. */
export function openProgram(
  spec: StdioServerSpec,
  changes: Partial<ConnectionOptions> = {},
  stdio: { limits?: Partial<StdioLimits>; host?: Partial<ProgramHost> } = {},
) {
  const host = { ...hostForTests, ...stdio.host };
  const limits = stdio.limits ?? {};
  return openConnection(spec, fixtureOptions({ stdio: { host, approval: approvalHash(spec), limits }, ...changes }));
}
