import { isIPv6 } from "node:net";

/** An IP address as what is on the wire: 4 bytes or 16. */
export type Address = readonly number[];

/**
 * An address from any spelling that a resolver or the C library would take for one: dotted or single numbers in
 * decimal, octal and hex for IPv4, any grouping for IPv6, brackets, a zone (dropped), a trailing dot. Null is no
 * address, so a name or nonsense.
 */
export function parseAddress(text: string): Address | null {
  const bare = text.replace(/^\[(.*)\]$/s, "$1");
  return bare.includes(":") ? parseIpv6(bare) : parseIpv4(bare.replace(/\.$/, ""));
}

/** One to four numbers with dots between; the last fills the bytes that are left (`127.1`, `0x7f000001`). */
function parseIpv4(text: string): Address | null {
  const parts = text.split(".").map(parseNumber);
  const last = parts.pop();
  if (last === undefined || last === null || parts.length > 3) return null;
  const bytes: number[] = [];
  for (const part of parts) {
    if (part === null || part > 255) return null;
    bytes.push(part);
  }
  const free = 4 - bytes.length;
  if (last >= 256 ** free) return null;
  for (let place = free - 1; place >= 0; place--) bytes.push(Math.floor(last / 256 ** place) % 256);
  return bytes;
}

function parseNumber(text: string): number | null {
  if (/^0x[0-9a-f]*$/i.test(text)) return text.length === 2 ? 0 : Number.parseInt(text, 16);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(0|[1-9]\d*)$/.test(text) ? Number(text) : null;
}

function parseIpv6(text: string): Address | null {
  if (!isIPv6(text)) return null;
  const withoutZone = text.split("%", 1)[0] ?? "";
  const [head = "", tail] = withoutZone.split("::");
  const before = groupBytes(head);
  const after = tail === undefined ? [] : groupBytes(tail);
  const missing = 16 - before.length - after.length;
  return [...before, ...Array.from({ length: missing }, () => 0), ...after];
}

/** The bytes of groups between colons, of which the last may be a dotted IPv4 address. */
function groupBytes(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
