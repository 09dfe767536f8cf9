import { createHash } from "node:crypto";
import { DomainError } from "@chatee/shared/failure";
import type { McpHost } from "./mcp-host.ts";

const hashOf = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex");
const unavailable = () => new DomainError({ code: "feature.unavailable", feature: "Connecting to MCP servers" });

/** For a server that speaks no MCP: servers can be registered, and none can be reached. */
export function createAbsentHost(): McpHost {
  return {
    runsPrograms: false,
    lease: async () => {
      throw unavailable();
    },
    look: async () => {
      throw unavailable();
    },
    isOpen: () => false,
    close: async () => {},
    stderr: () => "",
    approvalHash: hashOf,
    toolHash: hashOf,
    toolChanges: () => [],
    visibleTool: (tool) => ({ tool, hiddenIn: [] }),
    toolNames: (sources) => sources.map(({ serverId, toolName }) => `_${hashOf([serverId, toolName]).slice(0, 32)}`),
    async [Symbol.asyncDispose]() {},
  };
}
