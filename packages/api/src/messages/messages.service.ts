import type { ExecutionRow, MessageRow } from "@chatee/db/messages.store";
import type { SessionRow } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import type {
  Execution,
  ListMessagePage,
  ListMessages,
  Message,
  MessagePage,
  NumberedMessagePage,
} from "@chatee/shared/messages";
import type { FileService } from "../files/files.service.ts";
import type { LlmService } from "../llm/llm.service.ts";
import type { RunKernel } from "../runs/run-kernel.ts";
import { createAnswers } from "./answers.ts";
import { createMessageChanges } from "./message-changes.ts";
import type { MessageChangesDeps } from "./message-changes.ts";
import { createMessageHits } from "./message-hits.ts";
import type { MessagePages } from "./message-pages.ts";
import type { Turns } from "./turns.ts";

export type MessageServiceDeps = Omit<MessageChangesDeps, "findRow" | "findSession"> & {
  turns: Turns;
  pages: MessagePages;
  llm: LlmService;
  fileService: Pick<FileService, "require" | "findMany">;
  kernel: RunKernel;
};
export type MessageService = ReturnType<typeof createMessageService>;

export function createMessageService(deps: MessageServiceDeps) {
  const { messages, sessions, pages } = deps;

  async function findRow(ownerId: string, messageId: string): Promise<MessageRow> {
    const row = await messages.find(ownerId, messageId);
    if (!row) throw new DomainError({ code: "message.not_found", messageId });
    return row;
  }
  async function findSession(ownerId: string, sessionId: string): Promise<SessionRow> {
    const session = await sessions.find(ownerId, sessionId);
    if (!session) throw new DomainError({ code: "session.not_found", sessionId });
    return session;
  }

  return {
    async list(ownerId: string, input: ListMessages): Promise<MessagePage> {
      return await pages.page(ownerId, input);
    },
    async page(ownerId: string, input: ListMessagePage): Promise<NumberedMessagePage> {
      return await pages.numbered(await findSession(ownerId, input.sessionId), input);
    },
    async get(ownerId: string, messageId: string): Promise<Message> {
      return await pages.current(await findRow(ownerId, messageId));
    },
    ...createAnswers({ ...deps, files: deps.fileService, findRow }),
    ...createMessageChanges({ ...deps, findRow, findSession }),
    search: createMessageHits(deps),
    selectBranch: (ownerId: string, messageId: string): Promise<void> => deps.branches.select(ownerId, messageId),
    /** Harmless when the answer ended already; `stopped` says whether it was still going. */
    async stop(ownerId: string, messageId: string): Promise<{ stopped: boolean }> {
      const row = await findRow(ownerId, messageId);
      if (row.runId === null) return { stopped: false };
      return { stopped: await deps.kernel.cancel(ownerId, row.runId) };
    },

    /** The newest run of the component that a message carries. */
    async execution(ownerId: string, messageId: string): Promise<Execution> {
      await findRow(ownerId, messageId);
      const row = await messages.latestExecution(ownerId, messageId);
      if (!row) throw new DomainError({ code: "execution.not_found", messageId });
      return toExecution(row);
    },
    async executions(ownerId: string, sessionId: string): Promise<Execution[]> {
      await findSession(ownerId, sessionId);
      return (await messages.executions(ownerId, sessionId)).map(toExecution);
    },
    /** Components are MCP tools and workflows; without their engines a message that names one cannot be run yet. */
    async execute(ownerId: string, messageId: string): Promise<Execution> {
      const row = await findRow(ownerId, messageId);
      const component = componentOf(row);
      if (!component) throw new DomainError({ code: "message.has_no_component", messageId });
      throw new DomainError({ code: "feature.unavailable", feature: `Running ${component} components` });
    },
  };
}

function toExecution({ ownerId: _owner, ...row }: ExecutionRow): Execution {
  return {
    ...row,
    componentType: row.componentType as Execution["componentType"],
    status: row.status as Execution["status"],
  };
}

/** What a message's own fields name as its component. */
function componentOf(row: MessageRow): "mcp" | "workflow" | null {
  if (row.ext?.["workflowId"] !== undefined) return "workflow";
  const detail = row.mcpdetail;
  return typeof detail === "object" && detail !== null && !Array.isArray(detail) && Object.keys(detail).length > 0
    ? "mcp"
    : null;
}
