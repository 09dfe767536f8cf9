import { createAccessStore } from "@chatee/db/access.store";
import type { Database } from "@chatee/db/database";
import { createFileStore } from "@chatee/db/files.store";
import { createInteractionStore } from "@chatee/db/interactions.store";
import { createLlmStore } from "@chatee/db/llm.store";
import { createMcpOauthStore } from "@chatee/db/mcp.oauth.store";
import { createMcpStore } from "@chatee/db/mcp.store";
import { createMcpToolStore } from "@chatee/db/mcp.tools.store";
import { createMessageStore } from "@chatee/db/messages.store";
import { createRoundTableStore } from "@chatee/db/roundtables.store";
import { createRunStore } from "@chatee/db/runs.store";
import { createMessageSearch } from "@chatee/db/search/message-search";
import { createSessionStore } from "@chatee/db/sessions.store";
import { createStreamStore } from "@chatee/db/streams.store";
import { createUsageStore } from "@chatee/db/usage.store";
import { createWorkflowStore } from "@chatee/db/workflows.store";
import { temporaryLifetimeMs } from "@chatee/shared/session-lifetime";
import { createAuditService } from "./access/audit.service.ts";
import { createDataService } from "./data/data.service.ts";
import type { Environment } from "./environment.ts";
import { createAbsentStorage } from "./files/absent-storage.ts";
import { createFileService } from "./files/files.service.ts";
import type { FileServiceDeps } from "./files/files.service.ts";
import { createInteractionService } from "./interactions/interactions.service.ts";
import { createLlmService } from "./llm/llm.service.ts";
import type { OpenProvider } from "./llm/provider.ts";
import { createAbsentHost } from "./mcp/absent-host.ts";
import { createAbsentOAuthHost } from "./mcp/absent-oauth-host.ts";
import type { McpHost } from "./mcp/mcp-host.ts";
import type { OAuthHost } from "./mcp/mcp-oauth-client.ts";
import { createMcpOauthService } from "./mcp/mcp-oauth.service.ts";
import { createMcpService } from "./mcp/mcp.service.ts";
import type { McpService } from "./mcp/mcp.service.ts";
import { createAttachedFiles } from "./messages/attached.ts";
import { createBranches } from "./messages/branches.ts";
import { createChatTurn } from "./messages/chat-turn.ts";
import { createCompaction } from "./messages/compaction.ts";
import { createMessagePages } from "./messages/message-pages.ts";
import { createMessageService } from "./messages/messages.service.ts";
import type { StepLimits } from "./messages/run-steps.ts";
import { createDemoTools, joinTools } from "./messages/tools.ts";
import type { Approve, OpenTools } from "./messages/tools.ts";
import { createTurns } from "./messages/turns.ts";
import { createRoundTableService } from "./roundtables/roundtables.service.ts";
import { defaultRunBudget } from "./runs/run-budget.ts";
import type { RunBudget } from "./runs/run-budget.ts";
import { createRunKernel } from "./runs/run-kernel.ts";
import type { Secrets } from "./secrets.ts";
import { createSessionTransfer } from "./sessions/session-transfer.ts";
import { createSessionService } from "./sessions/sessions.service.ts";
import { createEventLog } from "./streams/event-log.ts";
import type { Wakes } from "./streams/wakes.ts";
import type { SystemService } from "./system/system.service.ts";
import { createUpkeep } from "./upkeep.ts";
import { createLedger } from "./usage/ledger.ts";
import { createUsageService } from "./usage/usage.service.ts";
import { createWorkflowService } from "./workflows/workflows.service.ts";

export type ServicesDeps = {
  db: Database;
  wakes: Wakes;
  secrets: Secrets;
  openProvider: OpenProvider;
  environment: Environment;
  bootId: string;
  /** Stays the caller's. */
  system: SystemService;
  /** What speaks MCP; without it servers can be registered and not reached. Stays the caller's. */
  mcpHost?: McpHost;
  /** What signs in to MCP servers; without it nobody can. */
  mcpOauthHost?: OAuthHost;
  /** Between two looks at an MCP server in use; 30 s when not given. */
  mcpHealthIntervalMs?: number;
  /** Where files are kept, and how large one may be; without it there are none. */
  files?: Pick<FileServiceDeps, "storage" | "maxBytes" | "readPdf" | "makeThumbnail">;
  openTools?: OpenTools;
  approve?: Approve;
  limits?: Partial<StepLimits>;
  /** What one run may use up. */
  budget?: Partial<RunBudget>;
  temporaryLifetimeMs?: number;
};

const defaultLimits: StepLimits = {
  toolTimeoutMs: 120_000,
  maxAnswerChars: 2_000_000,
};

export type Services = Awaited<ReturnType<typeof openServices>>;

/**
 * Joins stores, runs and slices. Resolves once the runs that a dead process left behind are being closed;
 * everything it started ends with `drain` and disposal. The database and the wakes stay the caller's.
 */
export async function openServices(deps: ServicesDeps) {
  const { db, wakes, environment, bootId } = deps;
  const { write, writeRelaxed, isProcessAlive } = db;
  const sharesDatabase = db.engine === "mysql";
  /** A lost wake costs this much time; without other processes there is none to lose. */
  const lookAgainMs = sharesDatabase ? 1_000 : 30_000;
  const stores = {
    sessions: createSessionStore(db),
    messages: createMessageStore(db),
    runs: createRunStore(db),
    streams: createStreamStore(db),
    search: createMessageSearch(db),
    files: createFileStore(db),
  };
  const usage = createUsageStore(db);
  const common = { ...stores, ledger: createLedger({ store: usage, environment }), environment, write };
  const log = createEventLog({ streams: stores.streams, wakes, environment, pollMs: sharesDatabase ? 500 : null });
  const kernel = createRunKernel({ ...common, log, wakes, bootId, writeRelaxed, isProcessAlive, sharesDatabase });
  const llm = createLlmService({
    store: createLlmStore(db),
    audit: createAccessStore(db),
    secrets: deps.secrets,
    openProvider: deps.openProvider,
    environment,
  });
  const files = createFileService({
    ...(deps.files ?? { storage: createAbsentStorage(), maxBytes: 0, readPdf: null, makeThumbnail: null }),
    store: stores.files,
    environment,
  });
  const compaction = createCompaction({ ...common, attached: createAttachedFiles({ files }) });
  const interactions = createInteractionService({
    ...common,
    store: createInteractionStore(db),
    log,
    wakes,
    lookAgainMs,
  });
  const mcpOauth = createMcpOauthService({
    store: createMcpOauthStore(db),
    servers: createMcpStore(db),
    secrets: deps.secrets,
    environment,
    host: deps.mcpOauthHost ?? createAbsentOAuthHost(),
    onChanged: (ownerId, serverId) => mcp.forget(ownerId, serverId),
    onLost: (ownerId, serverId) => mcp.signInLost(ownerId, serverId),
  });
  const mcp: McpService = createMcpService({
    store: createMcpStore(db),
    tools: createMcpToolStore(db),
    audit: createAccessStore(db),
    secrets: deps.secrets,
    host: deps.mcpHost ?? createAbsentHost(),
    signIn: mcpOauth.signIn,
    signOut: mcpOauth.leave,
    interactions,
    wakes,
    environment,
    healthIntervalMs: deps.mcpHealthIntervalMs ?? 30_000,
    lookAgainMs,
  });
  const budget = { ...defaultRunBudget, ...deps.budget };
  const turn = { ...common, log, kernel, llm, compaction, interactions, budget };
  kernel.register(
    createChatTurn({
      ...turn,
      openTools: deps.openTools ?? joinTools(createDemoTools(environment.now), mcp.openTools),
      approve: deps.approve ?? (() => "allow"),
      limits: { ...defaultLimits, ...deps.limits },
    }),
  );
  const pages = createMessagePages({ ...stores, log });
  const transfer = createSessionTransfer({ ...turn, current: pages.current });
  const sessions = createSessionService({
    ...turn,
    wakes,
    lookAgainMs,
    transfer,
    temporaryLifetimeMs: deps.temporaryLifetimeMs ?? temporaryLifetimeMs,
  });
  const messages = createMessageService({
    ...turn,
    turns: createTurns(turn),
    pages,
    branches: createBranches({ ...turn }),
    fileService: files,
  });
  const upkeep = createUpkeep({ ...stores, db, log, sessions, fileService: files, environment });

  await kernel.openUpkeep();
  upkeep.start();
  mcp.start();
  mcpOauth.upkeep.start();
  return {
    system: deps.system,
    audit: createAuditService({ store: createAccessStore(db), llm: createLlmStore(db), mcp: createMcpStore(db) }),
    llm,
    sessions,
    messages,
    mcp,
    mcpOauth,
    interactions,
    files,
    usage: createUsageService({ store: usage }),
    data: createDataService({ ...turn, transfer, fileService: files }),
    workflows: createWorkflowService({ store: createWorkflowStore(db), environment }),
    roundtables: createRoundTableService({ store: createRoundTableStore(db), sessions: stores.sessions, environment }),
    /** How many runs this process works on. */
    activeRuns: kernel.activeCount,
    /** Interrupts what runs, stores it, and stops all upkeep; at most `timeoutMs`. */
    async drain(timeoutMs: number): Promise<void> {
      await Promise.all([kernel.drain(timeoutMs), compaction.stop(timeoutMs)]);
    },
    async [Symbol.asyncDispose]() {
      const running = [kernel.drain(5_000), compaction.stop(5_000)];
      await Promise.all([upkeep.stop(), mcp.stop(), mcpOauth.upkeep.stop(), ...running]);
      await log[Symbol.asyncDispose]();
    },
  };
}
