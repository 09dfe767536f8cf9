import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { classifyAddress } from "./address-class.ts";
import { parseAddress } from "./address.ts";
import { DialError } from "./dial-error.ts";
import { createDialPolicy } from "./dial-policy.ts";
import { parseTargetUrl } from "./target-url.ts";

type Vector = { url?: string; address?: string; verdict: string; reason: string };

const file = new URL("../../address-vectors.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] };
const strict = createDialPolicy({ allowAddresses: [], lookup: async () => [] });

/** What chatee makes of a URL, found out by asking: as a stranger first, then as its owner. */
function judgeUrl(text: string): { verdict: string; reason: string } {
  const reasonOf = (isRegistered: boolean): string | null => {
    try {
      const { hostname } = parseTargetUrl(text);
      return strict.judgeHost(hostname, isRegistered) ? "public" : "name";
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      return error.code === "url_invalid" ? "url" : error.reason;
    }
  };
  const reason = reasonOf(false) ?? "";
  if (reason === "url") return { verdict: "invalid", reason };
  if (reason === "name") return { verdict: "lookup", reason };
  if (reason === "public") return { verdict: "public", reason };
  return { verdict: reasonOf(true) === "public" ? "private" : "forbidden", reason };
}

function judgeAddress(text: string): { verdict: string; reason: string } {
  const address = parseAddress(text);
  return address ? classifyAddress(address) : { verdict: "invalid", reason: "address" };
}

test("every spelling in the vector file gets its verdict", () => {
  expect(vectors.length).toBeGreaterThan(150);
  const judged = vectors.map(({ url, address = "" }) =>
    url === undefined ? { address, ...judgeAddress(address) } : { url, ...judgeUrl(url) },
  );
  expect(judged).toEqual(vectors);
});

test("no spelling of an IPv4 address changes what it is", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const spellByte = fc.constantFrom(
    (value: number) => String(value),
    (value: number) => `0x${value.toString(16)}`,
    (value: number) => `0${value.toString(8)}`,
  );
  fc.assert(
    fc.property(
      fc.tuple(byte, byte, byte, byte),
      fc.tuple(spellByte, spellByte, spellByte, spellByte),
      (bytes, spell) => {
        const hex = bytes.map((value) => value.toString(16).padStart(2, "0"));
        const [a, b, c, d] = hex;
        const spelled = bytes.map((value, at) => spell[at]?.(value));
        const expected = judgeUrl(`http://${bytes.join(".")}/`);
        for (const host of [
          spelled.join("."),
          `${spelled.join(".")}.`,
          String(Number.parseInt(hex.join(""), 16)),
          `[::ffff:${a}${b}:${c}${d}]`,
          `[64:ff9b::${bytes.join(".")}]`,
        ]) {
          expect(judgeUrl(`http://${host}/`), host).toEqual(expected);
        }
      },
    ),
  );
});
