import { isDeepStrictEqual } from "node:util";
import { unlessTaken } from "@chatee/db/unless-taken";
import type { WorkflowRow, WorkflowStore } from "@chatee/db/workflows.store";
import { DomainError } from "@chatee/shared/failure";
import type { CreateWorkflow, UpdateWorkflow, Workflow } from "@chatee/shared/workflows";
import type { Environment } from "../environment.ts";

export type WorkflowDeps = { store: WorkflowStore; environment: Pick<Environment, "now" | "newId"> };

export type WorkflowService = ReturnType<typeof createWorkflowService>;

const maxListed = 1000;

export function createWorkflowService({ store, environment }: WorkflowDeps) {
  async function get(ownerId: string, workflowId: string): Promise<Workflow> {
    const row = await store.find(ownerId, workflowId);
    if (!row) throw new DomainError({ code: "workflow.not_found", workflowId });
    return toWorkflow(row);
  }

  return {
    get,
    /** The 1,000 that were changed last; `total` counts all. */
    async list(ownerId: string): Promise<{ workflows: Workflow[]; total: number }> {
      const [rows, total] = await Promise.all([store.list(ownerId, { limit: maxListed }), store.count(ownerId)]);
      return { workflows: rows.map(toWorkflow), total };
    },
    /** The same id with the same content again answers with what is stored. */
    async create(ownerId: string, input: CreateWorkflow): Promise<Workflow> {
      const now = environment.now();
      const content = { name: input.name, description: input.description ?? null, config: input.config };
      const workflow = {
        workflowId: input.workflowId ?? environment.newId(),
        ...content,
        createdAtMs: now,
        updatedAtMs: now,
      };
      if (await unlessTaken(store.insert(ownerId, workflow))) return workflow;
      const stored = await store.find(ownerId, workflow.workflowId);
      if (!stored || !isDeepStrictEqual(contentOf(stored), content)) {
        throw new DomainError({ code: "workflow.exists", workflowId: workflow.workflowId });
      }
      return toWorkflow(stored);
    },
    /** What is absent stays as it is. */
    async update(ownerId: string, { workflowId, ...change }: UpdateWorkflow): Promise<Workflow> {
      if (!(await store.update(ownerId, workflowId, { ...change, updatedAtMs: environment.now() }))) {
        throw new DomainError({ code: "workflow.not_found", workflowId });
      }
      return get(ownerId, workflowId);
    },
    /** Without the engine that walks the graph a workflow can be kept and drawn, not run. */
    async run(ownerId: string, workflowId: string): Promise<never> {
      await get(ownerId, workflowId);
      throw new DomainError({ code: "feature.unavailable", feature: "Running workflows" });
    },
    async remove(ownerId: string, workflowId: string): Promise<void> {
      if (!(await store.remove(ownerId, workflowId))) throw new DomainError({ code: "workflow.not_found", workflowId });
    },
  };
}

function contentOf({ name, description, config }: WorkflowRow) {
  return { name, description, config };
}

function toWorkflow({ ownerId: _owner, ...workflow }: WorkflowRow): Workflow {
  return workflow;
}
