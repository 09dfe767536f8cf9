import { createAccessStore } from "@chatee/db/access.store";
import type { Database } from "@chatee/db/database";
import { createLlmStore } from "@chatee/db/llm.store";
import { createMcpStore } from "@chatee/db/mcp.store";
import { describeEngines } from "@chatee/db/testing/engines";
import { expect, test } from "vitest";
import { callContext } from "../testing/call-context.ts";
import { createCallerFactory } from "../trpc.ts";
import { accessRouter } from "./access.router.ts";
import { createAuditService } from "./audit.service.ts";

function setUp(db: Database) {
  const [store, llm, mcp] = [createAccessStore(db), createLlmStore(db), createMcpStore(db)];
  const audit = createAuditService({ store, llm, mcp });
  const as = (ownerId: string) => createCallerFactory(accessRouter)(callContext(ownerId, { audit }));
  const note = (ownerId: string, auditId: string, action: string, subjectId: string, atMs: number) =>
    store.appendAudit(ownerId, { auditId, action, subjectId, atMs });
  return { store, llm, mcp, ann: as("ann"), bob: as("bob"), note };
}
const config = {
  name: "DeepSeek",
  provider: "openai-compatible",
  model: "m",
  enabled: true,
  tags: [],
  createdAtMs: 1,
  updatedAtMs: 1,
};

describeEngines("the audit", (open) => {
  test("says newest first what was done with what, by the name it has now, and by its id when it is gone", async () => {
    const { store, llm, ann, note } = setUp(await open());
    expect(await ann.audit()).toEqual({ entries: [], nextCursor: null });
    await llm.insert("ann", { ...config, configId: "c1" });
    await llm.insert("bob", { ...config, configId: "c2", name: "Bob's" });
    await store.insertToken("ann", { tokenId: "t1", name: "backup", tokenHash: "h", createdAtMs: 1 });
    await note("ann", "a1", "llm.key_revealed", "c1", 10);
    await note("ann", "a2", "llm.key_revealed", "c2", 20);
    await note("ann", "a3", "llm.keys_exported", "all", 30);
    await note("ann", "a4", "access.token_made", "t1", 40);
    await note("ann", "a5", "access.token_revoked", "browser:t1:x", 50);
    await note("ann", "a6", "mcp.approved", "s1", 60);
    await note("ann", "a7", "later.thing", "x", 70);
    const { entries, nextCursor } = await ann.audit();
    expect(entries).toEqual([
      { auditId: "a7", atMs: 70, action: "later.thing", subject: "other", subjectId: "x", name: null },
      { auditId: "a6", atMs: 60, action: "mcp.approved", subject: "mcp_server", subjectId: "s1", name: null },
      {
        auditId: "a5",
        atMs: 50,
        action: "access.token_revoked",
        subject: "browser",
        subjectId: "browser:t1:x",
        name: null,
      },
      { auditId: "a4", atMs: 40, action: "access.token_made", subject: "token", subjectId: "t1", name: "backup" },
      { auditId: "a3", atMs: 30, action: "llm.keys_exported", subject: "models", subjectId: "all", name: null },
      { auditId: "a2", atMs: 20, action: "llm.key_revealed", subject: "model", subjectId: "c2", name: null },
      { auditId: "a1", atMs: 10, action: "llm.key_revealed", subject: "model", subjectId: "c1", name: "DeepSeek" },
    ]);
    expect(nextCursor).toBeNull();
  });

  test("is paged without a gap or a repetition, over entries of one moment and beside new ones", async () => {
    const { ann, note } = setUp(await open());
    for (const id of ["a1", "a2", "a3", "a4", "a5"]) await note("ann", id, "llm.key_revealed", "c1", id < "a3" ? 1 : 5);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof ann.audit>> = await ann.audit({ limit: 2, cursor });
      seen.push(...page.entries.map(({ auditId }) => auditId));
      cursor = page.nextCursor;
      await note("ann", `later-${seen.length}`, "llm.key_revealed", "c1", 9);
    } while (cursor !== null);
    expect(seen).toEqual(["a5", "a4", "a3", "a2", "a1"]);
    for (const bad of ["", "a", "f5.a1", "a5.", "a5.a b", "azzzzzzzzzzzz.a1"])
      await expect(ann.audit({ cursor: bad }), bad).rejects.toMatchObject({
        cause: { failure: { code: "cursor.invalid" } },
      });
    await expect(ann.audit({ limit: 101 })).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });

  test("shows nobody what another did, not even by a cursor of theirs", async () => {
    const { ann, bob, note } = setUp(await open());
    for (const [at, id] of ["a1", "a2", "a3"].entries()) await note("ann", id, "llm.key_revealed", "c1", at);
    const { nextCursor } = await ann.audit({ limit: 1 });
    expect(nextCursor).not.toBeNull();
    expect(await bob.audit()).toEqual({ entries: [], nextCursor: null });
    expect(await bob.audit({ cursor: nextCursor })).toEqual({ entries: [], nextCursor: null });
  });
});
