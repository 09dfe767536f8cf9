import { createWorkflow, runWorkflow, updateWorkflow, workflowRef } from "@chatee/shared/workflows";
import type { Workflow } from "@chatee/shared/workflows";
import { z } from "zod";
import { freeForm, instant, route, success } from "./route.ts";

const workflow = z
  .strictObject({
    workflowId: z.string(),
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    config: freeForm,
    createdAtMs: instant,
    updatedAtMs: instant,
  })
  .meta({ id: "Workflow" });

/** Earlier clients look for the id under either name. */
function toAnswer(of: Workflow): z.input<typeof workflow> {
  return { ...of, id: of.workflowId };
}

const workflowPath = "/api/workflows/:workflow_id";

export const workflowRoutes = [
  route({
    method: "GET",
    path: "/api/workflows",
    summary: "All workflows, last changed first",
    procedures: ["workflows.list"],
    answer: z.strictObject({ workflows: z.array(workflow), total: z.int() }),
    run: async ({ call }) => {
      const { workflows, total } = await call.workflows.list();
      return { workflows: workflows.map(toAnswer), total };
    },
  }),
  route({
    method: "POST",
    path: "/api/workflows",
    summary: "Add a workflow",
    procedures: ["workflows.create"],
    body: createWorkflow,
    answer: workflow,
    status: 201,
    otherStatuses: [409],
    run: async ({ call, body }) => toAnswer(await call.workflows.create(body)),
  }),
  route({
    method: "GET",
    path: workflowPath,
    summary: "One workflow",
    procedures: ["workflows.get"],
    params: workflowRef,
    answer: workflow,
    run: async ({ call, params }) => toAnswer(await call.workflows.get(params)),
  }),
  route({
    method: "PUT",
    path: workflowPath,
    summary: "Change a workflow; what is absent stays",
    procedures: ["workflows.update"],
    params: workflowRef,
    body: updateWorkflow.omit({ workflowId: true }),
    answer: workflow,
    run: async ({ call, params, body }) => toAnswer(await call.workflows.update({ ...body, ...params })),
  }),
  route({
    method: "DELETE",
    path: workflowPath,
    summary: "Remove a workflow",
    procedures: ["workflows.delete"],
    params: workflowRef,
    answer: success,
    run: ({ call, params }) => call.workflows.delete(params),
  }),
  route({
    method: "POST",
    path: `${workflowPath}/execute`,
    summary: "Run a workflow",
    procedures: ["workflows.run"],
    params: workflowRef,
    body: runWorkflow.omit({ workflowId: true }),
    answer: z.unknown(),
    otherStatuses: [422],
    run: ({ call, params, body }) => call.workflows.run({ ...body, ...params }),
  }),
];
