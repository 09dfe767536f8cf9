import { executionStatus } from "@chatee/shared/messages";
import { z } from "zod";
import { freeForm, instant } from "./route.ts";

/** One time that the component a message carries was run. */
export const execution = z
  .strictObject({
    executionId: z.string(),
    messageId: z.string(),
    sessionId: z.string(),
    componentType: z.enum(["mcp", "workflow"]),
    componentId: z.string(),
    componentName: z.string().nullable(),
    llmConfigId: z.string().nullable(),
    input: freeForm,
    result: z.string().nullable(),
    rawResult: freeForm,
    logs: freeForm,
    status: executionStatus,
    errorMessage: z.string().nullable(),
    createdAtMs: instant,
    updatedAtMs: instant,
  })
  .meta({ id: "Execution" });
