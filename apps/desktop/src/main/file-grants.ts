import { constants } from "node:fs";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Refusal } from "./refusal.ts";

type Kind = "read" | "write" | "folder";
type Grant = {
  windowId: number;
  kind: Kind;
  /** Without links in it, as it was when the person picked it. */
  path: string;
  /** Which file it was; null for one that is still to be written. */
  identity: string | null;
  expiresAtMs: number;
};

/** A grant is for what a person is about to do, not for later. */
const lifeMs = 15 * 60_000;
const maxGrants = 256;

export type FileGrants = ReturnType<typeof createFileGrants>;

/**
 * What the person picked in a dialog of the system, and nothing else: a page never names a path, it holds a grant. Each
 * use asks the system again where the path leads and whether it is still the same file; one that was replaced by a link
 * meanwhile is refused. Grants belong to one window, run out, and are bounded in number.
 */
export function createFileGrants(deps: { now: () => number; newId: () => string }) {
  const grants = new Map<string, Grant>();

  function add(windowId: number, grant: Pick<Grant, "kind" | "path" | "identity">): string {
    for (const [id, { expiresAtMs }] of grants) if (expiresAtMs <= deps.now()) grants.delete(id);
    const [oldest] = grants.keys();
    if (grants.size >= maxGrants && oldest !== undefined) grants.delete(oldest);
    const grantId = deps.newId();
    grants.set(grantId, { ...grant, windowId, expiresAtMs: deps.now() + lifeMs });
    return grantId;
  }

  function find(windowId: number, grantId: string, kind: Kind): Grant {
    const grant = grants.get(grantId);
    if (!grant || grant.windowId !== windowId || grant.kind !== kind || grant.expiresAtMs <= deps.now())
      throw new Refusal("files.no_grant");
    return grant;
  }

  return {
    /** `path` comes from a dialog. */
    async toRead(windowId: number, path: string) {
      const real = await resolved(path);
      await using handle = await openFile(real);
      const facts = await handle.stat();
      if (!facts.isFile()) throw new Refusal("files.unreadable");
      const grantId = add(windowId, { kind: "read", path: real, identity: identityOf(facts) });
      return { grantId, name: basename(path), sizeBytes: facts.size };
    },
    /** The file may not be there yet; its folder is. */
    async toWrite(windowId: number, path: string) {
      const folder = await resolved(dirname(path));
      const grantId = add(windowId, { kind: "write", path: join(folder, basename(path)), identity: null });
      return { grantId, name: basename(path) };
    },
    async folder(windowId: number, path: string) {
      const real = await resolved(path);
      const facts = await stat(real);
      if (!facts.isDirectory()) throw new Refusal("files.unreadable");
      const grantId = add(windowId, { kind: "folder", path: real, identity: identityOf(facts) });
      return { grantId, name: basename(real) || real };
    },
    /** At most `maxBytes` from `offset` on. */
    async read(windowId: number, range: { grantId: string; offset: number; maxBytes: number }) {
      const grant = find(windowId, range.grantId, "read");
      await assertSame(grant);
      await using handle = await openFile(grant.path);
      const facts = await handle.stat();
      if (identityOf(facts) !== grant.identity) throw new Refusal("files.changed");
      const buffer = new Uint8Array(Math.min(range.maxBytes, Math.max(0, facts.size - range.offset)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, range.offset);
      return { bytes: buffer.subarray(0, bytesRead), isEnd: range.offset + bytesRead >= facts.size };
    },
    /** Whole or not at all, in the very folder that was picked; once per grant. */
    async write(windowId: number, grantId: string, bytes: Uint8Array) {
      const { path } = find(windowId, grantId, "write");
      if ((await resolved(dirname(path))) !== dirname(path)) throw new Refusal("files.changed");
      const temporary = `${path}.${deps.newId()}.part`;
      try {
        {
          await using handle = await open(temporary, "wx", 0o600);
          await handle.writeFile(bytes);
          await handle.sync();
        }
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw new Refusal("files.unreadable", { cause: error });
      }
      grants.delete(grantId);
      return { sizeBytes: bytes.byteLength };
    },
    /** Where a granted folder is, checked again. */
    async pathOfFolder(windowId: number, grantId: string): Promise<string> {
      const grant = find(windowId, grantId, "folder");
      await assertSame(grant);
      if (identityOf(await stat(grant.path)) !== grant.identity) throw new Refusal("files.changed");
      return grant.path;
    },
    release(windowId: number, grantId: string): void {
      if (grants.get(grantId)?.windowId === windowId) grants.delete(grantId);
    },
    closeWindow(windowId: number): void {
      for (const [id, grant] of grants) if (grant.windowId === windowId) grants.delete(id);
    },
  };
}

async function assertSame({ path }: Grant): Promise<void> {
  if ((await resolved(path)) !== path) throw new Refusal("files.changed");
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new Refusal("files.unreadable", { cause: error });
  }
}

/** Never through a link in the last place, and without waiting for a pipe's other end. */
async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new Refusal("files.unreadable", { cause: error });
  }
}

function identityOf({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev}:${ino}`;
}
