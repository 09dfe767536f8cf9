import { posix } from "node:path";
import { readSourceFacts } from "./source-facts.ts";
import type { Import } from "./source-facts.ts";

/** A part of the tree and whom it may know. Patterns match whole specifiers; `*` stands for anything. */
type Room = {
  name: string;
  folder: string;
  /** Workspace packages it may import; everything else under `@chatee/` is refused. */
  workspace: readonly string[];
  /** As `workspace`, for `import type` only. */
  workspaceTypes?: readonly string[];
  /** When given, the only other modules it may import. */
  only?: readonly string[];
  never: readonly string[];
};

const drivers = ["drizzle-orm", "drizzle-orm/*", "better-sqlite3", "mysql2", "mysql2/*"];
const hosts = ["fastify", "fastify-*", "@fastify/*", "electron"];

/** Who may import whom; the first room whose folder holds a file is its room. */
export const rooms: readonly Room[] = [
  { name: "shared", folder: "packages/shared/src/", workspace: [], only: ["zod", "zod/*"], never: [] },
  { name: "db", folder: "packages/db/", workspace: ["@chatee/shared"], never: [...hosts, "@trpc/*", "ioredis"] },
  {
    name: "mcp-proxy",
    folder: "packages/mcp-proxy/src/",
    workspace: ["@chatee/shared"],
    never: [...drivers, "electron", "@trpc/*", "ioredis"],
  },
  {
    name: "api",
    folder: "packages/api/src/",
    workspace: ["@chatee/shared", "@chatee/db"],
    never: [...drivers, ...hosts, "ioredis", "@chatee/db/dialect/*", "@chatee/db/migrate"],
  },
  {
    name: "server",
    folder: "apps/server/",
    workspace: ["@chatee/shared", "@chatee/db", "@chatee/mcp-proxy", "@chatee/api"],
    never: ["electron"],
  },
  // How the renderer is built; it runs in Node and is no part of the page.
  {
    name: "desktop renderer's build",
    folder: "apps/desktop/src/renderer/vite.",
    workspace: [],
    never: [...drivers, ...hosts, "ioredis"],
  },
  {
    name: "desktop renderer",
    folder: "apps/desktop/src/renderer/",
    workspace: ["@chatee/shared"],
    workspaceTypes: ["@chatee/api"],
    never: ["node:*", ...drivers, ...hosts, "ioredis", "@trpc/server", "@trpc/server/*"],
  },
  {
    name: "desktop main and preload",
    folder: "apps/desktop/src/",
    workspace: ["@chatee/shared"],
    never: [...drivers, "fastify", "ioredis", "@trpc/*"],
  },
  { name: "tooling", folder: "tooling/", workspace: [], never: ["ioredis"] },
];

/** Narrower rules inside a room, by the role a file's name declares. */
const roles: readonly { matches: RegExp; never: readonly string[]; because: string }[] = [
  {
    matches: /^packages\/api\/src\/(.*\.service\.ts|(runs|streams)\/(?!.*\.router\.ts).*)$/,
    never: ["@trpc/*", "*/trpc.ts", "*/context.ts"],
    because: "services, runs and streams do not know tRPC",
  },
  {
    matches: /^packages\/api\/src\/.*\.router\.ts$/,
    never: ["@chatee/db", "@chatee/db/*"],
    because: "routers go through a service, never to a store",
  },
  {
    matches: /^packages\/api\/src\/(?!llm\/providers\/)/,
    never: ["ai", "@ai-sdk/*", "ollama-ai-provider-v2"],
    because: "only llm/providers knows the AI SDK",
  },
  {
    matches: /^packages\/mcp-proxy\/src\/(?!.*plugin\.ts$)/,
    never: ["fastify", "fastify-plugin", "@fastify/*"],
    because: "only the plugin file of mcp-proxy knows fastify",
  },
];

/**
 * Files below the composition root that may read the clock, randomness or timers, each for a reason. Everything
 * else is handed a clock and ids, so that tests decide what time it is.
 */
const ambientRooms: readonly { matches: RegExp; reason: string }[] = [
  { matches: /^packages\/db\/src\/dialect\//, reason: "retries and presence of a driver are about real time" },
  { matches: /^packages\/db\/src\/migrate\.ts$/, reason: "stamps when a migration ran" },
  { matches: /^packages\/[^/]+\/src\/(.*\/)?clock\.ts$/, reason: "is the clock" },
  { matches: /^packages\/shared\/src\/ids\.ts$/, reason: "mints ids" },
];

const bannedNames = new Set(["utils", "util", "helpers", "helper", "common", "misc", "types", "index"]);

/** Files that only tests use: they may import whatever their package.json grants. */
export function isTestFile(path: string): boolean {
  return /\.(test|contract|bench)\.tsx?$|\/(testing|test|fixtures)\//.test(path);
}

/** Every rule that the file breaks, one sentence each. `path` is relative to the repository, with forward slashes. */
export function violationsOf(path: string, source: string): string[] {
  const facts = readSourceFacts(path, source);
  const found = [...nameViolations(path)];
  if (facts.isBarrel) found.push("only re-exports: the exports map in package.json is the door");
  for (const one of facts.imports) {
    found.push(...placeViolations(path, one));
    if (!isTestFile(path)) found.push(...roomViolations(path, one), ...roleViolations(path, one));
  }
  if (path.startsWith("packages/") && path.includes("/src/") && !isTestFile(path)) {
    const isAllowed = ambientRooms.some(({ matches }) => matches.test(path));
    const used = isAllowed ? facts.ambient.filter((name) => name.endsWith("env")) : facts.ambient;
    found.push(...new Set(used.map((name) => `reads ${name}: take it as an argument from the composition root`)));
  }
  return found;
}

function nameViolations(path: string): string[] {
  const parts = path.split("/");
  const names = parts.slice(0, -1).concat(posix.basename(path).replace(/\.tsx?$/, ""));
  return names.filter((name) => bannedNames.has(name)).map((name) => `is called "${name}", which says nothing`);
}

/** A relative import stays in its package; nothing reaches outside the repository. */
function placeViolations(path: string, { specifier }: Import): string[] {
  if (specifier.startsWith("/") || specifier.startsWith("file:")) return [`imports the absolute path ${specifier}`];
  if (!specifier.startsWith(".")) return [];
  const target = posix.join(posix.dirname(path), specifier);
  return target.startsWith(packageOf(path)) ? [] : [`reaches out of its package with ${specifier}`];
}

function packageOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "packages" || first === "apps" ? `${first}/${second}/` : `${first}/`;
}

function roomViolations(path: string, { specifier, isTypeOnly }: Import): string[] {
  const room = rooms.find(({ folder }) => path.startsWith(folder));
  if (room === undefined || specifier.startsWith(".")) return [];
  const refused = [`${room.name} must not import ${specifier}`];
  if (matchesAny(specifier, room.never)) return refused;
  if (specifier.startsWith("@chatee/")) {
    const granted = isTypeOnly ? [...room.workspace, ...(room.workspaceTypes ?? [])] : room.workspace;
    return granted.some((name) => specifier === name || specifier.startsWith(`${name}/`)) ? [] : refused;
  }
  return room.only === undefined || matchesAny(specifier, room.only) ? [] : refused;
}

function roleViolations(path: string, { specifier }: Import): string[] {
  return roles
    .filter(({ matches, never }) => matches.test(path) && matchesAny(specifier, never))
    .map(({ because }) => `must not import ${specifier}: ${because}`);
}

function matchesAny(specifier: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const [before = "", after] = pattern.split("*");
    return after === undefined ? specifier === pattern : specifier.startsWith(before) && specifier.endsWith(after);
  });
}
