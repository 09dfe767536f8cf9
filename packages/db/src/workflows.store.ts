import { and, count, desc, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { olderThan } from "./keyset.ts";
import type { Page } from "./keyset.ts";
import { insert, remove, update } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type WorkflowRow = Tables["workflows"]["$inferSelect"];
export type NewWorkflow = Omit<Tables["workflows"]["$inferInsert"], "ownerId">;
export type WorkflowChange = Partial<Omit<WorkflowRow, "workflowId" | "ownerId" | "createdAtMs">>;

export type WorkflowStore = ReturnType<typeof createWorkflowStore>;

export function createWorkflowStore(db: Database) {
  const { workflows: t } = db.tables;
  const owned = (ownerId: string, workflowId: string) => and(eq(t.workflowId, workflowId), eq(t.ownerId, ownerId));

  return {
    /** Last changed first; a page goes on after `{atMs: updatedAtMs, id: workflowId}`. */
    async list(ownerId: string, page: Page): Promise<WorkflowRow[]> {
      const where = and(eq(t.ownerId, ownerId), olderThan(t.updatedAtMs, t.workflowId, page.after));
      return await db.read
        .select()
        .from(t)
        .where(where)
        .orderBy(desc(t.updatedAtMs), desc(t.workflowId))
        .limit(page.limit);
    },
    async count(ownerId: string): Promise<number> {
      const [row] = await db.read.select({ total: count() }).from(t).where(eq(t.ownerId, ownerId));
      return row?.total ?? 0;
    },
    async find(ownerId: string, workflowId: string): Promise<WorkflowRow | undefined> {
      const [row] = await db.read.select().from(t).where(owned(ownerId, workflowId)).limit(1);
      return row;
    },
    /** An id that is taken is a unique violation. */
    async insert(ownerId: string, workflow: NewWorkflow): Promise<void> {
      await db.write(insert(t, { ...workflow, ownerId }));
    },
    /** False when there is no such workflow of this owner. */
    async update(ownerId: string, workflowId: string, change: WorkflowChange): Promise<boolean> {
      const [touched] = await db.write(update(t, change, owned(ownerId, workflowId)));
      return touched === 1;
    },
    async remove(ownerId: string, workflowId: string): Promise<boolean> {
      const [touched] = await db.write(remove(t, owned(ownerId, workflowId)));
      return touched === 1;
    },
  };
}
