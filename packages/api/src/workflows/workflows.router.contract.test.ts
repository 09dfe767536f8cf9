import type { Database } from "@chatee/db/database";
import { describeEngines } from "@chatee/db/testing/engines";
import { createWorkflowStore } from "@chatee/db/workflows.store";
import { expect, test } from "vitest";
import { callContext, createStillEnvironment } from "../testing/call-context.ts";
import { createCallerFactory } from "../trpc.ts";
import { workflowsRouter } from "./workflows.router.ts";
import { createWorkflowService } from "./workflows.service.ts";

function setUp(db: Database) {
  const { environment, advance } = createStillEnvironment();
  const workflows = createWorkflowService({ store: createWorkflowStore(db), environment });
  const as = (ownerId: string) => createCallerFactory(workflowsRouter)(callContext(ownerId, { workflows }));
  return { ann: as("ann"), bob: as("bob"), advance };
}

const failing = (code: string) => ({ cause: { failure: { code } } });
/** As the editor stores it: its own field names, at any depth, beside the two lists. */
const config = {
  nodes: [{ id: "n1", type: "llm", position: { x: 1.5, y: -2 }, data: { "user key": null, deep_er: [true, "é界"] } }],
  connections: [{ from: "n1", to: "n2" }],
  viewport: { zoom: 0.5 },
};

describeEngines("workflows", (open) => {
  test("the drawn graph comes back as it was stored, whatever the editor keeps in it", async () => {
    const { ann } = setUp(await open());
    const created = await ann.create({ name: " Digest ", description: "d", config });
    expect(created).toMatchObject({ name: "Digest", description: "d", config });
    expect(await ann.get({ workflowId: created.workflowId })).toEqual(created);
    expect(await ann.list()).toEqual({ workflows: [created], total: 1 });
    expect(await ann.create({ name: "Empty" })).toMatchObject({
      description: null,
      config: { nodes: [], connections: [] },
    });
  });

  test("what was changed last is listed first, and an update leaves absent fields alone", async () => {
    const { ann, advance } = setUp(await open());
    await ann.create({ workflowId: "w1", name: "One", description: "d", config });
    advance(1);
    await ann.create({ workflowId: "w2", name: "Two" });
    advance(1);
    const renamed = await ann.update({ workflowId: "w1", name: "First" });
    expect(renamed).toMatchObject({ name: "First", description: "d", config });
    expect(renamed.updatedAtMs - renamed.createdAtMs).toBe(2);
    expect((await ann.list()).workflows.map(({ workflowId }) => workflowId)).toEqual(["w1", "w2"]);
    expect(await ann.update({ workflowId: "w1", description: null })).toMatchObject({ description: null, config });
  });

  test("a retried create is harmless; other content under the same id is refused", async () => {
    const { ann, bob, advance } = setUp(await open());
    const first = await ann.create({ workflowId: "w1", name: "One", config });
    advance(1);
    expect(await ann.create({ workflowId: "w1", name: "One", config })).toEqual(first);
    await expect(ann.create({ workflowId: "w1", name: "One" })).rejects.toMatchObject(failing("workflow.exists"));
    await expect(bob.create({ workflowId: "w1", name: "One", config })).rejects.toMatchObject(
      failing("workflow.exists"),
    );
    expect((await ann.list()).total).toBe(1);
  });

  test("nobody but the owner sees, changes or removes a workflow", async () => {
    const { ann, bob } = setUp(await open());
    const workflow = await ann.create({ workflowId: "w1", name: "One" });
    const ref = { workflowId: "w1" };
    for (const attempt of [() => bob.get(ref), () => bob.update({ ...ref, name: "x" }), () => bob.delete(ref)]) {
      await expect(attempt()).rejects.toMatchObject(failing("workflow.not_found"));
    }
    expect(await bob.list()).toEqual({ workflows: [], total: 0 });
    expect(await ann.get(ref)).toEqual(workflow);
    expect(await ann.delete(ref)).toEqual({ success: true });
    await expect(ann.delete(ref)).rejects.toMatchObject(failing("workflow.not_found"));
  });
});
