import { z } from "zod";
import { id } from "./ids.ts";
import { json, jsonObject } from "./json.ts";

/** The drawn graph; nodes and connections keep whatever fields the editor stores on them. */
export const workflowConfig = z
  .object({ nodes: z.array(jsonObject).max(1000), connections: z.array(jsonObject).max(5000) })
  .catchall(json);
export type WorkflowConfig = z.infer<typeof workflowConfig>;

const fields = {
  name: z.string().trim().min(1).max(200),
  description: z.string().max(10_000).nullish(),
  config: workflowConfig,
};
export const workflowRef = z.object({ workflowId: id });
export const createWorkflow = z.object({
  ...fields,
  workflowId: id.optional(),
  config: fields.config.default({ nodes: [], connections: [] }),
});
export const runWorkflow = workflowRef.extend({ llmConfigId: id.nullish(), input: json.optional() });
export const updateWorkflow = z.object(fields).partial().extend({ workflowId: id });
export type CreateWorkflow = z.infer<typeof createWorkflow>;
export type UpdateWorkflow = z.infer<typeof updateWorkflow>;

export type Workflow = {
  workflowId: string;
  name: string;
  description: string | null;
  config: WorkflowConfig;
  createdAtMs: number;
  updatedAtMs: number;
};
