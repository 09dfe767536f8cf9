import { expect, it } from "vitest";
import { isUniqueViolation } from "./violations.ts";
import { describeEngines } from "./testing/engines.ts";
import { createWorkflowStore } from "./workflows.store.ts";

describeEngines("workflow store", (open) => {
  const workflow = (workflowId: string, atMs = 1) => ({
    workflowId,
    name: "流程",
    description: null,
    config: { nodes: [{ id: "n", x: 1.5 }], connections: [], viewport: { zoom: 2 } },
    createdAtMs: atMs,
    updatedAtMs: atMs,
  });

  it("keeps every field the editor stored in the graph", async () => {
    const workflows = createWorkflowStore(await open());
    await workflows.insert("ann", workflow("w1"));
    expect(await workflows.find("ann", "w1")).toEqual({ ...workflow("w1"), ownerId: "ann" });
    const again = await workflows.insert("bob", workflow("w1")).catch((error: unknown) => error);
    expect(isUniqueViolation(again)).toBe(true);
  });

  it("changes, removes and shows only the owner's", async () => {
    const workflows = createWorkflowStore(await open());
    await workflows.insert("ann", workflow("w1"));
    expect(await workflows.find("bob", "w1")).toBeUndefined();
    expect(await workflows.update("bob", "w1", { name: "x" })).toBe(false);
    expect(await workflows.update("ann", "w1", { name: "x", updatedAtMs: 3 })).toBe(true);
    expect(await workflows.remove("bob", "w1")).toBe(false);
    expect(await workflows.remove("ann", "w1")).toBe(true);
    expect(await workflows.count("ann")).toBe(0);
  });

  it("pages last changed first, through ties", async () => {
    const workflows = createWorkflowStore(await open());
    for (const id of ["w1", "w2", "w3"]) await workflows.insert("ann", workflow(id, 5));
    await workflows.insert("ann", workflow("w0", 9));
    const first = await workflows.list("ann", { limit: 2 });
    const rest = await workflows.list("ann", { limit: 9, after: { atMs: 5, id: "w3" } });
    expect([...first, ...rest].map((row) => row.workflowId)).toEqual(["w0", "w3", "w2", "w1"]);
  });
});
