import { isInRange, parseRange } from "./address-range.ts";
import type { Address } from "./address.ts";

/**
 * | verdict     | who may be reached there                                                       |
 * | ----------- | ------------------------------------------------------------------------------ |
 * | `public`    | anybody's server                                                               |
 * | `private`   | a registered server that is named by its address or a local name, or the allow-list |
 * | `forbidden` | nothing a server would be: only the allow-list opens it, metadata only one by one |
 */
export type Verdict = "public" | "private" | "forbidden";
export type AddressClass = { verdict: Verdict; reason: string };

type Row = readonly [range: string, verdict: Verdict, reason: string];

/** The first row that holds an address decides; what is in no row is public. */
const ipv4Rows: readonly Row[] = [
  // Credentials of the machine are handed out here: AWS and most others, AWS tasks and pods, Alibaba, Azure, Oracle.
  ["169.254.169.254/32", "forbidden", "metadata"],
  ["169.254.170.2/32", "forbidden", "metadata"],
  ["169.254.170.23/32", "forbidden", "metadata"],
  ["100.100.100.200/32", "forbidden", "metadata"],
  ["168.63.129.16/32", "forbidden", "metadata"],
  ["192.0.0.192/32", "forbidden", "metadata"],
  ["0.0.0.0/8", "forbidden", "this-network"],
  ["10.0.0.0/8", "private", "private-network"],
  ["100.64.0.0/10", "private", "carrier-nat"],
  ["127.0.0.0/8", "private", "loopback"],
  ["169.254.0.0/16", "forbidden", "link-local"],
  ["172.16.0.0/12", "private", "private-network"],
  ["192.0.0.0/24", "forbidden", "protocol-assignments"],
  ["192.0.2.0/24", "forbidden", "documentation"],
  ["192.88.99.0/24", "forbidden", "6to4"],
  ["192.168.0.0/16", "private", "private-network"],
  ["198.18.0.0/15", "forbidden", "benchmark"],
  ["198.51.100.0/24", "forbidden", "documentation"],
  ["203.0.113.0/24", "forbidden", "documentation"],
  ["224.0.0.0/4", "forbidden", "multicast"],
  ["255.255.255.255/32", "forbidden", "broadcast"],
  ["240.0.0.0/4", "forbidden", "reserved"],
];

const ipv6Rows: readonly Row[] = [
  ["fd00:ec2::254/128", "forbidden", "metadata"],
  ["fd20:ce::254/128", "forbidden", "metadata"],
  ["::/128", "forbidden", "unspecified"],
  ["::1/128", "private", "loopback"],
  ["::/96", "forbidden", "ipv4-compatible"],
  ["64:ff9b:1::/48", "forbidden", "nat64-local"],
  ["100::/64", "forbidden", "discard"],
  ["2001::/32", "forbidden", "teredo"],
  ["2001::/23", "forbidden", "protocol-assignments"],
  ["2001:db8::/32", "forbidden", "documentation"],
  ["2002::/16", "forbidden", "6to4"],
  ["3fff::/20", "forbidden", "documentation"],
  ["2000::/3", "public", "public"],
  ["fc00::/7", "private", "unique-local"],
  ["fe80::/10", "forbidden", "link-local"],
  ["fec0::/10", "forbidden", "site-local"],
  ["ff00::/8", "forbidden", "multicast"],
  ["::/0", "forbidden", "reserved"],
];

/** IPv6 addresses that end in an IPv4 address which is where the packet goes: mapped, translated, NAT64. */
const carriers = ["::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"].map(parseRange);

const toTable = (rows: readonly Row[]) =>
  rows.map(([range, verdict, reason]) => ({ range: parseRange(range), verdict, reason }));
const tables = { 4: toTable(ipv4Rows), 6: toTable(ipv6Rows) };

/** What kind of place an address is, judged by where a packet to it ends up. */
export function classifyAddress(address: Address): AddressClass {
  const end = endOf(address);
  if (end.length === 16 && isIsatap(end)) return { verdict: "forbidden", reason: "isatap" };
  const row = tables[end.length === 4 ? 4 : 6].find(({ range }) => isInRange(end, range));
  return row ? { verdict: row.verdict, reason: row.reason } : { verdict: "public", reason: "public" };
}

/** The IPv4 address inside an IPv6 one that carries it; any other address as it is. */
export function endOf(address: Address): Address {
  return carriers.some((range) => isInRange(address, range)) ? address.slice(12) : address;
}

/** An interface id that tells a tunnel endpoint to send the packet to an IPv4 address (RFC 5214). */
function isIsatap(address: Address): boolean {
  const [universal = 0, zero, five, efe] = address.slice(8, 12);
  return (universal & 0xfd) === 0 && zero === 0 && five === 0x5e && efe === 0xfe;
}
