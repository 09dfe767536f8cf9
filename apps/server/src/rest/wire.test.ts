import { describe, expect, it } from "vitest";
import { fromWire, fromWireName, toWire, toWireName, toWirePath } from "./wire.ts";

describe("names on the wire", () => {
  it.each([
    ["llmConfigId", "llm_config_id"],
    ["createdAtMs", "created_at"],
    ["lastMessageAtMs", "last_message_at"],
    ["hasApiKey", "has_api_key"],
    ["uptimeS", "uptime_s"],
    ["latencyMs", "latency_ms"],
    ["mcpdetail", "mcpdetail"],
  ])("%s is %s, and back", (field, name) => {
    expect(toWireName(field)).toBe(name);
    expect(fromWireName(name)).toBe(field);
  });

  it("leave earlier clients' camelCase names alone on the way in", () => {
    expect(fromWire({ toolType: "mcp", workflowId: "w1" })).toEqual({ toolType: "mcp", workflowId: "w1" });
  });

  it("of a complaint stay as the user wrote them inside of free-form fields", () => {
    expect(toWirePath("llmConfigs.0.apiUrl")).toBe("llm_configs.0.api_url");
    expect(toWirePath("toolCalls.someKey")).toBe("tool_calls.someKey");
  });
});

describe("free-form JSON", () => {
  const own = {
    camelKey: 1,
    snake_key: { created_at: "yesterday", atMs: 5, createdAtMs: 7 },
    list: [{ deepKey: null }],
  };

  it.each(["metadata", "ext", "toolCalls", "mcpdetail", "config", "crawlerOptions", "normalizeConfig", "rawData"])(
    "%s passes unchanged in both directions",
    (field) => {
      const wire = toWire([{ [field]: own }]);
      expect(wire).toEqual([{ [toWireName(field)]: own }]);
      expect(fromWire(wire)).toEqual([{ [field]: own }]);
    },
  );
});

describe("times on the wire", () => {
  it("are ISO in UTC going out and epoch milliseconds coming in, whatever the zone", () => {
    expect(toWire({ createdAtMs: 1_700_000_000_123 })).toEqual({ created_at: "2023-11-14T22:13:20.123Z" });
    for (const text of ["2023-11-14T22:13:20.123Z", "2023-11-15T00:13:20.123+02:00", "2023-11-14T22:13:20.123"]) {
      expect(fromWire({ created_at: text })).toEqual({ createdAtMs: 1_700_000_000_123 });
    }
  });

  it("that no calendar holds never break an answer, and what is no time stays for the schema to refuse", () => {
    expect(toWire({ createdAtMs: Number.MAX_SAFE_INTEGER })).toEqual({ created_at: null });
    expect(fromWire({ created_at: "Tue, 14 Nov 2023" })).toEqual({ createdAtMs: "Tue, 14 Nov 2023" });
    expect(fromWire({ created_at: "2023-13-45" })).toEqual({ createdAtMs: "2023-13-45" });
  });

  it("missing are null", () => {
    expect(toWire({ lastMessageAtMs: null, previewText: undefined, ext: undefined })).toEqual({
      last_message_at: null,
      preview_text: null,
      ext: null,
    });
  });
});
