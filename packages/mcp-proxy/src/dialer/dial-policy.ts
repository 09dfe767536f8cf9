import { classifyAddress, endOf } from "./address-class.ts";
import { isInRange, parseRange } from "./address-range.ts";
import { parseAddress } from "./address.ts";
import type { Address } from "./address.ts";
import { DialError } from "./dial-error.ts";
import { isLocalhost, isLocalName, isMetadataName } from "./host-name.ts";

/** All addresses of a name, as text; rejects or is empty when there are none. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

const loopback = ["127.0.0.1", "::1"];

export type DialPolicy = ReturnType<typeof createDialPolicy>;

/**
 * Which addresses a host may be reached at. `isRegistered` says that the host stands in the URL of a server which its
 * owner registered: private addresses are open to it when the URL itself says private, by an address or by a name of
 * the own network. A registered public name does not open them, since whoever holds the name decides where it points.
 */
export function createDialPolicy(options: { allowAddresses: readonly string[]; lookup: Lookup }) {
  const allowed = options.allowAddresses.map((text) => {
    const { base, prefixBits } = parseRange(text);
    return { range: { base, prefixBits }, isSingle: prefixBits === base.length * 8 };
  });

  function isAllowed(address: Address, reason: string): boolean {
    const end = endOf(address);
    return allowed.some(
      ({ range, isSingle }) =>
        (isSingle || reason !== "metadata") && (isInRange(end, range) || isInRange(address, range)),
    );
  }

  /** The refusal of an address, or null when it may be reached. */
  function refusal(address: Address, opensPrivate: boolean): DialError | null {
    const { verdict, reason } = classifyAddress(address);
    if (verdict === "public" || isAllowed(address, reason)) return null;
    return verdict === "private" && opensPrivate ? null : new DialError("address_refused", { reason });
  }

  return {
    /**
     * What is known of a host without asking anybody: its addresses when it is one or is `localhost`, null when it
     * must be looked up.
     *
     * @throws DialError `address_refused`
     */
    judgeHost(hostname: string, isRegistered: boolean): readonly string[] | null {
      if (isMetadataName(hostname)) throw new DialError("address_refused", { reason: "metadata" });
      const address = parseAddress(hostname);
      if (address) {
        const refused = refusal(address, isRegistered);
        if (refused) throw refused;
        return [hostname];
      }
      if (!isLocalhost(hostname)) return null;
      const open = loopback.filter((text) => refusal(parseAddress(text) ?? [], isRegistered) === null);
      if (open.length === 0) throw new DialError("address_refused", { reason: "loopback" });
      return open;
    },
    /**
     * The addresses a host may be connected at. One bad answer refuses the name: a name that stands for a public and
     * a private address is an attack or a mistake.
     *
     * @throws DialError `address_refused`, `name_not_found`
     */
    async addressesOf(hostname: string, isRegistered: boolean): Promise<readonly string[]> {
      const known = this.judgeHost(hostname, isRegistered);
      if (known) return known;
      let answers: readonly string[];
      try {
        answers = await options.lookup(hostname);
      } catch (error) {
        throw new DialError("name_not_found", { cause: error });
      }
      if (answers.length === 0) throw new DialError("name_not_found");
      const opensPrivate = isRegistered && isLocalName(hostname);
      for (const answer of answers) {
        const address = parseAddress(answer);
        const refused = address
          ? refusal(address, opensPrivate)
          : new DialError("address_refused", { reason: "no-address" });
        if (refused) throw refused;
      }
      return answers;
    },
  };
}
