import { workflowConfig } from "@chatee/shared/workflows";
import type { Kit } from "./dialect/kit.sqlite.ts";

/** workflows: a drawn graph of nodes and connections. */
export function workflowTables(kit: Kit) {
  const workflows = kit.table(
    "workflows",
    {
      workflowId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      name: kit.label(200).notNull(),
      description: kit.body(),
      config: kit.json(workflowConfig).notNull(),
      createdAtMs: kit.instantMs().notNull(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.index("workflows_owner_updated").on(t.ownerId, t.updatedAtMs, t.workflowId)],
  );
  return { workflows };
}
