import type { McpServer } from "@chatee/shared/mcp";
import { maskedSecret } from "@chatee/shared/mcp";
import { expect, test } from "vitest";
import { asksForHeaders, emptyDraft, isComplete, newPair, toCreate, toDraft, toUpdate } from "./server-draft.ts";

const program: McpServer = {
  serverId: "s",
  name: "files",
  displayName: null,
  clientName: null,
  type: "stdio",
  url: null,
  enabled: true,
  useProxy: true,
  description: null,
  metadata: null,
  ext: { command: "npx", args: ["-y", "two\nlines"], env: { KEY: maskedSecret }, color: "green" },
  allowReadOnly: false,
  approvalHash: "h",
  approved: false,
  createdAtMs: 1,
  updatedAtMs: 1,
};

test("saving a program unchanged keeps its arguments, its masked values and what is not ours", () => {
  expect(toUpdate(toDraft(program), program).ext).toEqual(program.ext);
});

test("a program that becomes a remote server takes no command along", () => {
  const draft = { ...toDraft(program), type: "http-stream" as const, url: "https://mcp.example.com" };
  expect(toUpdate(draft, program).ext).toEqual({ color: "green", headers: {} });
});

test("saved headers stay with the origin they were entered for, and elsewhere are asked for", () => {
  const ext = { headers: { "X-Key": maskedSecret } };
  const remote: McpServer = { ...program, type: "http-stream", url: "https://a.example/mcp", ext };
  const at = (url: string, headers = toDraft(remote).headers) =>
    asksForHeaders({ ...toDraft(remote), url, headers }, remote);
  expect([at("https://a.example/mcp"), at(" https://A.example:443/other ")]).toEqual([false, false]);
  expect([at("https://b.example/mcp"), at("http://a.example/mcp"), at("htt")]).toEqual([true, true, true]);
  expect(at("https://b.example/mcp", [newPair("X-Key", "typed")])).toBe(false);
  expect(at("https://b.example/mcp", [])).toBe(false);
  expect(asksForHeaders({ ...toDraft(remote), type: "stdio" }, remote)).toBe(false);
  expect(asksForHeaders({ ...toDraft(remote), url: "https://b.example" }, null)).toBe(false);
});

test("lines without a name and empty lines at the end are not saved", () => {
  const draft = { ...emptyDraft, name: " x ", type: "stdio" as const, command: " run ", args: ["a", "", "b", "", ""] };
  const saved = toCreate({ ...draft, env: [newPair("A", "1"), newPair("", "2")] }, "id");
  expect(saved).toMatchObject({ name: "x", ext: { command: "run", args: ["a", "", "b"], env: { A: "1" } } });
});

test("only http and https addresses can be saved", () => {
  const at = (url: string) => isComplete({ ...emptyDraft, name: "x", url });
  expect([at("https://a.example/mcp"), at("http://127.0.0.1:1/mcp")]).toEqual([true, true]);
  expect([at("javascript:alert(1)"), at("file:///etc/passwd"), at("a.example"), at("")]).not.toContain(true);
});
