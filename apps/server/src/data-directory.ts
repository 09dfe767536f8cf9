import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { SecretKey } from "@chatee/api/secrets-aes";
import { sealedKeyFile } from "@chatee/shared/hosted-server";
import { ConfigError } from "./config.ts";
import type { Config } from "./config.ts";

/** Makes the folder if it is missing; it is readable by its owner alone. */
export async function openDataDirectory(path: string): Promise<void> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** The install's token: the configured one, else the one in `<data>/token`, which is made at the first start. */
export async function installToken(dataDirectory: string, configured: string | undefined): Promise<string> {
  if (configured !== undefined) return configured;
  const file = join(dataDirectory, "token");
  const known = readIfThere(file)?.trim();
  if (known) return known;
  const token = randomBytes(32).toString("base64url");
  writePrivate(file, `${token}\n`);
  return token;
}

/**
 * The keys that seal secrets, newest first: from the configuration, else from `<data>/secret.key`, which is
 * made at the first start. A file has one `id:base64` a line.
 *
 * @throws ConfigError when what is there is no key; it is never replaced, for nothing it sealed would open again.
 */
export async function secretKeys(dataDirectory: string, { key, old_keys }: Config["secrets"]): Promise<SecretKey[]> {
  if (key !== undefined) return [key.reveal(), ...old_keys].map((text) => parseKey(text, "secrets.key"));
  const file = join(dataDirectory, "secret.key");
  const text = readIfThere(file);
  if (text !== null) return keyLines(text).map((line) => parseKey(line, "secret.key"));
  assertNotSealed(dataDirectory);
  const fresh = newKeyLine();
  writePrivate(file, `${fresh}\n`);
  return [parseKey(fresh, "secret.key")];
}

/** Puts a new key in front of the file's; the next start seals everything anew under it. Answers the new key's id. */
export async function addSecretKey(dataDirectory: string): Promise<string> {
  const file = join(dataDirectory, "secret.key");
  const text = readIfThere(file);
  if (text === null) assertNotSealed(dataDirectory);
  const known = keyLines(text ?? "");
  const fresh = newKeyLine();
  writePrivate(file, `${[fresh, ...known].join("\n")}\n`);
  return parseKey(fresh, "secret.key").id;
}

/** Leaves only the newest key in the file, once nothing needs the others. */
export async function dropOldSecretKeys(dataDirectory: string): Promise<void> {
  const file = join(dataDirectory, "secret.key");
  const [newest] = keyLines(readIfThere(file) ?? "");
  if (newest !== undefined) writePrivate(file, `${newest}\n`);
}

/** A key of our own beside the one that the desktop app keeps would open nothing that was stored there. */
function assertNotSealed(dataDirectory: string): void {
  const file = join(dataDirectory, sealedKeyFile);
  if (!existsSync(file)) return;
  throw new ConfigError(
    `${file}: only the desktop app can open this key; start chatee there, or choose another CHATEE_DATA_DIR`,
  );
}

function newKeyLine(): string {
  return `k${randomBytes(4).toString("hex")}:${randomBytes(32).toString("base64")}`;
}

function keyLines(text: string): string[] {
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}

function parseKey(text: string, where: string): SecretKey {
  const [, id = "", encoded = ""] = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]{43}=?)$/.exec(text) ?? [];
  const key = Buffer.from(encoded, "base64");
  if (id === "" || key.length !== 32) throw new ConfigError(`${where}: must be an id, a colon and 32 bytes in base64`);
  return { id, key };
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Readable by the owner alone, and whole or not at all whatever happens meanwhile. */
function writePrivate(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.new`;
  const handle = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}
