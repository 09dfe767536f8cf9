import { createCipheriv, createDecipheriv } from "node:crypto";
import { DomainError } from "@chatee/shared/failure";
import type { Secrets } from "./secrets.ts";

/** A 32 byte key under the name that is written beside every text it seals. */
export type SecretKey = { id: string; key: Uint8Array };

export type AesSecrets = Secrets & {
  /** True when the text was sealed under the key of this id; says nothing about whether it opens. */
  isSealedBy: (sealed: string, keyId: string) => boolean;
  /**
   * The same text under the newest key; returned unchanged when that is the case already.
   *
   * @throws DomainError `secret.unreadable`
   */
  reseal: (sealed: string, context: string) => string;
};

const version = "v1";
const ivBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM with the context as associated data, as `v1.<keyId>.<iv>.<cipher+tag>` in base64url. The
 * first key seals; every key opens, so an old key stays in the list until all text was resealed.
 */
export function createAesSecrets(deps: { keys: SecretKey[]; randomBytes: (count: number) => Uint8Array }): AesSecrets {
  const newest = newestOf(deps.keys);
  const keys = new Map(deps.keys.map(({ id, key }) => [id, key]));
  for (const { id, key } of deps.keys) {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new TypeError("a secret key's id is 1 to 64 of A-Z a-z 0-9 _ -");
    if (key.byteLength !== 32) throw new TypeError(`the secret key ${id} must be 32 bytes long`);
  }
  if (keys.size < deps.keys.length) throw new TypeError("two secret keys share an id");

  function seal(text: string, context: string): string {
    const iv = deps.randomBytes(ivBytes);
    const cipher = createCipheriv("aes-256-gcm", newest.key, iv, { authTagLength: tagBytes }).setAAD(
      Buffer.from(context),
    );
    const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return [version, newest.id, Buffer.from(iv).toString("base64url"), body.toString("base64url")].join(".");
  }

  function open(sealed: string, context: string): string {
    const { keyId, iv, body } = parse(sealed);
    const key = keys.get(keyId);
    if (!key || iv.length !== ivBytes || body.length < tagBytes)
      throw new DomainError({ code: "secret.unreadable", keyId });
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes })
        .setAAD(Buffer.from(context))
        .setAuthTag(body.subarray(-tagBytes));
      return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]).toString("utf8");
    } catch (cause) {
      throw new DomainError({ code: "secret.unreadable", keyId }, { cause });
    }
  }

  return {
    seal,
    open,
    isSealedBy: (sealed, keyId) => sealed.startsWith(`${version}.${keyId}.`),
    reseal: (sealed, context) =>
      sealed.startsWith(`${version}.${newest.id}.`) ? sealed : seal(open(sealed, context), context),
  };
}

function newestOf([newest]: SecretKey[]): SecretKey {
  if (!newest) throw new TypeError("at least one secret key is needed");
  return newest;
}

function parse(sealed: string): { keyId: string; iv: Buffer; body: Buffer } {
  const [found, keyId, iv, body, ...rest] = sealed.split(".");
  if (found !== version || !keyId || iv === undefined || body === undefined || rest.length > 0) {
    throw new DomainError({ code: "secret.unreadable", keyId: "unknown" });
  }
  return { keyId, iv: decode(iv, keyId), body: decode(body, keyId) };
}

/** Node's decoder skips what it does not know; here every character counts, so no changed text opens. */
function decode(text: string, keyId: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) throw new DomainError({ code: "secret.unreadable", keyId });
  return bytes;
}
