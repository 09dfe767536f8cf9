import { parseAddress } from "./address.ts";
import type { Address } from "./address.ts";

/** All addresses of one family that share the first `prefixBits` bits. */
export type AddressRange = { base: Address; prefixBits: number };

/** @throws TypeError when the text is no address and no CIDR range; configuration is checked before it comes here */
export function parseRange(text: string): AddressRange {
  const [address = "", bits] = text.split("/");
  const base = parseAddress(address);
  const maxBits = (base?.length ?? 0) * 8;
  const prefixBits = bits === undefined ? maxBits : Number(bits);
  if (!base || !/^\d*$/.test(bits ?? "") || bits === "" || prefixBits > maxBits) {
    throw new TypeError(`"${text}" is neither an IP address nor a CIDR range`);
  }
  return { base, prefixBits };
}

export function isInRange(address: Address, { base, prefixBits }: AddressRange): boolean {
  if (address.length !== base.length) return false;
  return base.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, prefixBits - at * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === ((address[at] ?? 0) & mask);
  });
}
