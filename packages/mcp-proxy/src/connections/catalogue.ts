import type { Prompt, RequestOptions, Resource, ResourceTemplateType, Tool } from "@modelcontextprotocol/client";
import { announcedKinds } from "./change-watch.ts";
import type { ListKind } from "./change-watch.ts";
import { hasSoundHeaderParams } from "./header-params.ts";
import type { ConnectionLimits } from "./limits.ts";
import type { ListCache, ListOwner } from "./list-cache.ts";
import type { Session } from "./open-session.ts";
import type { SessionHolder } from "./session-holder.ts";

/** As the server declares it. Names, texts and hints are the server's claims, not facts. */
export type ToolDefinition = Pick<
  Tool,
  "name" | "title" | "description" | "inputSchema" | "outputSchema" | "annotations"
>;
export type ResourceDefinition = Pick<Resource, "uri" | "name" | "title" | "description" | "mimeType" | "size">;
export type ResourceTemplate = Pick<
  ResourceTemplateType,
  "uriTemplate" | "name" | "title" | "description" | "mimeType"
>;
export type PromptDefinition = Pick<Prompt, "name" | "title" | "description" | "arguments">;

export type ListOptions = {
  signal?: AbortSignal | undefined;
  /** Asks the server, whatever is remembered. */ refresh?: boolean;
};

/** What a server offers, remembered for as long as it allows. A server without a kind has an empty list of it. */
export type Catalogue = {
  tools: (options?: ListOptions) => Promise<readonly ToolDefinition[]>;
  resources: (options?: ListOptions) => Promise<readonly ResourceDefinition[]>;
  resourceTemplates: (options?: ListOptions) => Promise<readonly ResourceTemplate[]>;
  prompts: (options?: ListOptions) => Promise<readonly PromptDefinition[]>;
  forget: (kind: ListKind) => void;
};

type Fetched<T> = { entries: T[]; ttlMs: unknown; cacheScope: unknown };

const methodsOf: Record<ListKind, readonly string[]> = {
  tools: ["tools/list"],
  resources: ["resources/list", "resources/templates/list"],
  prompts: ["prompts/list"],
};

/**
 * Lists over one connection. A list is kept for the `ttlMs` the server gave it, a day at most, and shared between
 * credentials only when its `cacheScope` is "public" (2026-07-28, SEP-2549); without a `ttlMs` for a time of ours. A
 * change told of while a list is being fetched keeps that list from being remembered.
 */
export function createCatalogue(options: {
  holder: SessionHolder;
  cache: ListCache;
  owner: ListOwner;
  limits: ConnectionLimits;
}): Catalogue {
  const { holder, cache, owner, limits } = options;
  const changes: Record<ListKind, number> = { tools: 0, resources: 0, prompts: 0 };

  async function list<T>(
    kind: ListKind,
    method: string,
    { signal, refresh = false }: ListOptions,
    fetchAll: (session: Session, sdk: RequestOptions) => Promise<Fetched<T>>,
  ): Promise<readonly T[]> {
    const remembered = refresh ? undefined : (cache.read(owner, method) as readonly T[] | undefined);
    if (remembered !== undefined) return remembered;
    const seen = changes[kind];
    const times = { idleMs: limits.idleMs, totalMs: 2 * limits.idleMs };
    return holder.request({ method, isSafe: true, signal, ...times }, async (session, sdk) => {
      const { client } = session;
      if (client.getServerCapabilities()?.[kind] === undefined) return [];
      const { entries, ttlMs, cacheScope } = await fetchAll(session, sdk);
      const ownMs = announcedKinds(client).includes(kind) ? limits.announcedListMs : limits.silentListMs;
      const isPublic = cacheScope === "public";
      if (changes[kind] === seen) {
        cache.write(owner, method, { value: entries, isPublic }, typeof ttlMs === "number" ? ttlMs : ownMs);
      }
      return entries;
    });
  }

  const uncached = (sdk: RequestOptions) => ({ ...sdk, cacheMode: "bypass" as const });
  return {
    tools: (given = {}) =>
      list("tools", "tools/list", given, async (session, sdk) => {
        const { tools, ttlMs, cacheScope } = await listTools(session, sdk);
        return { entries: tools.map(toToolDefinition), ttlMs, cacheScope };
      }),
    resources: (given = {}) =>
      list("resources", "resources/list", given, async ({ client }, sdk) => {
        const { resources, ttlMs, cacheScope } = await client.listResources(undefined, uncached(sdk));
        return { entries: resources, ttlMs, cacheScope };
      }),
    resourceTemplates: (given = {}) =>
      list("resources", "resources/templates/list", given, async ({ client }, sdk) => {
        const { resourceTemplates, ttlMs, cacheScope } = await client.listResourceTemplates(undefined, uncached(sdk));
        return { entries: resourceTemplates, ttlMs, cacheScope };
      }),
    prompts: (given = {}) =>
      list("prompts", "prompts/list", given, async ({ client }, sdk) => {
        const { prompts, ttlMs, cacheScope } = await client.listPrompts(undefined, uncached(sdk));
        return { entries: prompts, ttlMs, cacheScope };
      }),
    forget(kind) {
      changes[kind] += 1;
      for (const method of methodsOf[kind]) cache.forget(owner, method);
    },
  };
}

/**
 * All pages; the transport ends the last one it lets through. Not the SDK's own walk: that writes names and schemas of
 * the server to the console.
 */
async function listTools({ client, isHttp, era }: Session, sdk: RequestOptions) {
  const first = await client.request({ method: "tools/list" }, sdk);
  const tools = [...first.tools];
  for (let cursor = first.nextCursor; cursor !== undefined;) {
    const page = await client.request({ method: "tools/list", params: { cursor } }, sdk);
    tools.push(...page.tools);
    cursor = page.nextCursor;
  }
  const isUsable = (tool: Tool) => era !== "modern" || !isHttp || hasSoundHeaderParams(tool.inputSchema);
  return { tools: tools.filter(isUsable), ttlMs: first["ttlMs"], cacheScope: first["cacheScope"] };
}

function toToolDefinition({ name, title, description, inputSchema, outputSchema, annotations }: Tool): ToolDefinition {
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    inputSchema,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
