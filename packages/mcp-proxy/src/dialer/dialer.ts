import { lookup as systemLookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import type { LookupFunction } from "node:net";
import { callbackify } from "node:util";
import { Agent, buildConnector } from "undici";
import type { Dispatcher } from "undici";
import { DialError } from "./dial-error.ts";
import { createDialPolicy } from "./dial-policy.ts";
import type { DialPolicy, Lookup } from "./dial-policy.ts";
import { rewriteEvents } from "./event-rewriter.ts";
import type { CreateRewrite } from "./event-rewriter.ts";
import { createGuardedFetch } from "./guarded-fetch.ts";
import type { GuardedFetch } from "./guarded-fetch.ts";
import { parseTargetUrl } from "./target-url.ts";

export type DialerOptions = {
  /** Addresses and CIDR ranges that may be reached although they are not public. */
  allowAddresses: readonly string[];
  /** Until a connection stands, the name lookup included; 10 s when not given. */
  connectTimeoutMs?: number;
  /** From the request sent to the headers of the response, for `fetch`; 90 s when not given, 0 is for ever. A body is never cut. */
  headersTimeoutMs?: number;
  /** How long a connection that nobody uses is kept; 4 s when not given. */
  idleMs?: number;
  /** Rewrites the event streams that come back; they stay as they are when not given. */
  rewriteEvents?: CreateRewrite;
  /** How names are resolved; the system's resolver when not given. */
  lookup?: Lookup;
};

/** A way out of chatee that reaches nothing it must not. */
export type Way = {
  /**
   * The URL in the dialer's spelling, when nothing speaks against it so far. Asks nobody.
   *
   * @throws DialError `url_invalid`, `address_refused`
   */
  parse: (url: string | URL) => URL;
  /**
   * As `parse`, with the name looked up and every answer judged. For telling somebody early: it is the connection
   * that is guarded, each one anew.
   *
   * @throws DialError also `name_not_found`
   */
  check: (url: string | URL) => Promise<URL>;
  /** For undici's API. Errors of connecting are `DialError`s. */
  dispatcher: Dispatcher;
  fetch: GuardedFetch;
};

export type Dialer = Way &
  AsyncDisposable & {
    /**
     * The way for a server that its owner registered under exactly this URL. Its own origin may be private (see
     * `createDialPolicy`); every other origin, say of its authorization server, is as closed as to strangers.
     *
     * @throws DialError as `parse`
     */
    forTarget: (url: string | URL) => Way & { url: URL };
  };

/**
 * The only way out of chatee, for the relay, OAuth, health, model providers, crawler and icons. The address is judged
 * where the connection is made, and the connection goes to the judged address: between the two no name is looked up
 * again. Holds idle connections; dispose it to close them.
 */
export function createDialer(options: DialerOptions): Dialer {
  const policy = createDialPolicy({ allowAddresses: options.allowAddresses, lookup: options.lookup ?? askSystem });
  // A connection that a registered server opened must not serve a stranger's request: two agents share none.
  const strangers = createAgent(policy, options, false);
  const registered = createAgent(policy, options, true);

  function createWay(isRegistered: (url: URL) => boolean, dispatcher: Dispatcher): Way {
    const parse = (text: string | URL) => {
      const url = parseTargetUrl(text);
      policy.judgeHost(url.hostname, isRegistered(url));
      return url;
    };
    return {
      parse,
      async check(text) {
        const url = parse(text);
        await policy.addressesOf(url.hostname, isRegistered(url));
        return url;
      },
      dispatcher,
      fetch: createGuardedFetch({ parse, dispatcher }),
    };
  }

  return {
    ...createWay(() => false, strangers),
    forTarget(text) {
      const target = parseTargetUrl(text);
      policy.judgeHost(target.hostname, true);
      const isOwn = (request: Dispatcher.DispatchOptions) =>
        request.origin === target.origin || originOf(request) === target.origin;
      const dispatcher = strangers.compose(
        (dispatch) => (request, handler) =>
          isOwn(request) ? registered.dispatch(request, handler) : dispatch(request, handler),
      );
      return { ...createWay(({ origin }) => origin === target.origin, dispatcher), url: target };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([strangers.destroy(), registered.destroy()]);
    },
  };
}

function createAgent(policy: DialPolicy, options: DialerOptions, isRegistered: boolean): Dispatcher {
  const timeout = options.connectTimeoutMs ?? 10_000;
  // Called back in a later tick: a lookup that answers at once turns an immediate connect error into the end of the process.
  const askPolicy = callbackify((hostname: string) => policy.addressesOf(hostname, isRegistered));
  const lookup: LookupFunction = (hostname, { all }, callback) =>
    askPolicy(hostname, (error, addresses) => {
      if (error) return callback(error, []);
      const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
      const [first] = answers;
      return all ? callback(null, answers) : callback(null, first?.address ?? "", first?.family);
    });
  const connect = buildConnector({ timeout, allowH2: false, lookup });
  const agent = new Agent({
    // Node looks up no address that is one already, so those are judged here.
    connect(target, callback) {
      try {
        policy.judgeHost(target.hostname, isRegistered);
      } catch (error) {
        queueMicrotask(() => callback(error instanceof Error ? error : new DialError("address_refused"), null));
        return undefined;
      }
      // What is given back lets undici end an attempt that nobody waits for any more.
      return connect(target, callback);
    },
    allowH2: false,
    bodyTimeout: 0,
    headersTimeout: options.headersTimeoutMs ?? 90_000,
    keepAliveTimeout: options.idleMs ?? 4_000,
  });
  return options.rewriteEvents ? agent.compose(rewriteEvents(options.rewriteEvents)) : agent;
}

function originOf({ origin }: Dispatcher.DispatchOptions): string | null {
  return origin === undefined ? null : new URL(String(origin)).origin;
}

const askSystem: Lookup = async (hostname) => {
  const answers = await systemLookup(hostname, { all: true, verbatim: true });
  return answers.map(({ address }) => address);
};
