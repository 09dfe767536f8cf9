import { createHash } from "node:crypto";

/** A tool as its server calls it. The id tells servers of one name apart. */
export type ToolSource = { serverId: string; serverName: string; toolName: string };

/** What all model APIs take: 64 of these, and not a digit or hyphen in front. */
const maxLength = 64;
const shortHash = 8;

/**
 * A name per tool that every model accepts and that no two tools share: `server__tool`, with a hash of the source behind
 * it where the two had to be changed, cut or would meet another. The same source gets the same name whatever stands
 * beside it, unless its neighbour is after exactly that name; then both carry hashes.
 */
export function nameTools(sources: readonly ToolSource[]): string[] {
  const wished = sources.map(plainName);
  const wishes = new Map<string, number>();
  for (const name of wished) wishes.set(name, (wishes.get(name) ?? 0) + 1);

  const taken = new Set(wished.filter((name) => wishes.get(name) === 1));
  return sources.map((source, index) => {
    const name = wished[index] ?? "";
    if (wishes.get(name) === 1) return name;
    for (let length = shortHash; ; length += shortHash) {
      const hashed = withHash(source, length);
      if (taken.has(hashed)) continue;
      taken.add(hashed);
      return hashed;
    }
  });
}

function plainName(source: ToolSource): string {
  const server = slug(source.serverName);
  const tool = slug(source.toolName);
  const name = `${server}__${tool}`;
  // "a__b" and "c" must not meet "a" and "b__c".
  const isFaithful = server === source.serverName && tool === source.toolName && !/__|_$/.test(server) && tool !== "";
  return isFaithful && /^[A-Za-z_]/.test(name) && name.length <= maxLength ? name : withHash(source, shortHash);
}

function withHash(source: ToolSource, hashLength: number): string {
  const { serverId, serverName, toolName } = source;
  const hash = createHash("sha256")
    .update(JSON.stringify([serverId, serverName, toolName]))
    .digest("hex");
  const room = maxLength - hashLength - 1;
  const readable = `${slug(serverName) || "server"}__${slug(toolName) || "tool"}`;
  const safe = /^[A-Za-z_]/.test(readable) ? readable : `_${readable}`;
  return `${safe.slice(0, room)}_${hash.slice(0, hashLength)}`;
}

/** Hidden characters vanish, others that models refuse become one underscore. */
function slug(name: string): string {
  return name
    .normalize("NFKC")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, "")
    .replace(/[^A-Za-z0-9_-]+/g, "_");
}
