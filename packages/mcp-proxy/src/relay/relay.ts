import type { SetAlarm } from "./alarm.ts";
import { runExchange } from "./exchange.ts";
import type { Asked, Target } from "./exchange.ts";
import { createExchangeSlots } from "./exchange-slots.ts";
import { refusals, refuse } from "./refusal.ts";
import { createSessionBindings } from "./session-bindings.ts";

export type RelayOptions = {
  /** From a request to the headers of its response; no limit on how long a stream lasts. */
  proxyTimeoutMs: number;
  setAlarm: SetAlarm;
  /** Of a request body; 16 MiB when not given. */
  maxRequestBytes?: number;
  /** After how long without a byte an event stream gets its first; 250 ms when not given. */
  silenceMs?: number;
  /** Exchanges that one owner may have open; 1,024 when not given. */
  maxPerOwner?: number;
  /** Exchanges that may be open in all; 8,192 when not given. */
  maxTotal?: number;
};

/** Where a request goes, and in whose name. */
export type Upstream = Target & {
  /** What sessions are bound to, besides the owner: the registered server, or the URL. */
  target: string;
  /** Told of a 401 or 403, which the caller gets as it is: the credentials may be better next time. */
  onRefused?: (status: 401 | 403, wwwAuthenticate: string | null) => void;
};

export type Relay = ReturnType<typeof createRelay>;

/**
 * Hands MCP requests on without reading them: to the client on one side and the server on the other it is as if they
 * spoke directly, in every revision of the protocol. See `runExchange` for what is promised of one exchange.
 */
export function createRelay(options: RelayOptions) {
  const slots = createExchangeSlots({
    maxPerOwner: options.maxPerOwner ?? 1_024,
    maxTotal: options.maxTotal ?? 8_192,
  });
  const sessions = createSessionBindings();
  const limits = {
    proxyTimeoutMs: options.proxyTimeoutMs,
    maxRequestBytes: options.maxRequestBytes ?? 16 * 1024 * 1024,
    silenceMs: options.silenceMs ?? 250,
  };

  return {
    /** Exchanges that are open now. */
    open: slots.open,
    /** Answers `response`, with the upstream's words or a refusal; never throws. */
    handle(ownerId: string, upstream: Upstream, asked: Asked): void {
      const { request, response, door } = asked;
      const sessionId = textOf(request.headers["mcp-session-id"]);
      if (sessionId !== null && !sessions.isOpenTo(ownerId, upstream.target, sessionId)) {
        return refuse(response, refusals.foreignSession, door);
      }
      if (Number(request.headers["content-length"] ?? 0) > limits.maxRequestBytes) {
        return refuse(response, refusals.tooLarge, door);
      }
      // Left already: nobody would hear of it again.
      if (response.destroyed) return;
      if (!slots.take(ownerId)) return refuse(response, refusals.tooManyExchanges, door);
      runExchange(asked, upstream, {
        limits,
        setAlarm: options.setAlarm,
        onHead(status, answered) {
          if (status === 401 || status === 403) upstream.onRefused?.(status, textOf(answered["www-authenticate"]));
          if (status >= 400) return;
          const given = answered["mcp-session-id"] ?? sessionId;
          if (typeof given !== "string") return;
          if (request.method === "DELETE") sessions.release(ownerId, upstream.target, given);
          else sessions.bind(ownerId, upstream.target, given);
        },
        onEnd: () => slots.giveBack(ownerId),
      });
    },
  };
}

function textOf(value: string | string[] | undefined): string | null {
  return value === undefined ? null : String(value);
}
