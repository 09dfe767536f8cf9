import type { JSONRPCMessage, Transport, TransportSendOptions } from "@modelcontextprotocol/client";
import { McpError } from "./mcp-failure.ts";

/** A transport that tells when an answer can no longer come, and keeps lists within bounds. */
export type WatchedTransport = Transport & {
  /** Requests sent and not answered. */
  readonly openRequests: number;
};

/** Marks an error response that we made ourselves; a server cannot forge an object's identity. */
const ownErrors = new WeakMap<object, McpError>();

/** The failure behind an error response that `watchTransport` put in the place of an answer that cannot come. */
export function failureBehind(data: unknown): McpError | undefined {
  return typeof data === "object" && data !== null ? ownErrors.get(data) : undefined;
}

type Page = { entries: unknown[]; nextCursor?: unknown };

const listFields: Readonly<Record<string, string>> = {
  "tools/list": "tools",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
  "prompts/list": "prompts",
};

/**
 * Wraps the SDK's transport:
 * - a response stream that ends without the answer fails its request at once, instead of leaving it to the timeout;
 * - before 2026-07-28 a cancelled request's own stream is closed too, once the server has been told
 *   (2025-11-25 basic/utilities/cancellation; from 2026-07-28 on the closing is the telling);
 * - a list ends after `maxPages` pages or `maxItems` entries, whatever cursor the server hands out.
 */
export function watchTransport(
  inner: Transport,
  options: {
    maxPages: number;
    maxItems: number;
    /** True for a program's pipes: the SDK then takes silence on the first question for an older server. */
    isProcess?: boolean;
    takeFailure?: (id: string | number) => McpError | undefined;
  },
): WatchedTransport {
  const open = new Map<string | number, { method: string; abort: AbortController }>();
  const listed = new Map<string, { pages: number; items: number }>();
  let deliver: Transport["onmessage"];

  function settle(message: JSONRPCMessage): JSONRPCMessage {
    if (!("id" in message) || "method" in message || message.id === undefined) return message;
    const id = open.has(message.id) ? message.id : Number(message.id);
    const request = open.get(id);
    if (request === undefined) return message;
    open.delete(id);
    const field = listFields[request.method];
    return field !== undefined && "result" in message ? boundPage(message, request.method, field) : message;
  }

  function boundPage(message: JSONRPCMessage & { result: unknown }, method: string, field: string): JSONRPCMessage {
    const page = pageOf(message.result, field);
    if (page === undefined) return message;
    const seen = listed.get(method) ?? { pages: 0, items: 0 };
    const room = Math.max(0, options.maxItems - seen.items);
    seen.pages += 1;
    seen.items += page.entries.length;
    listed.set(method, seen);
    if (seen.pages < options.maxPages && seen.items < options.maxItems) return message;
    const { nextCursor: _, ...rest } = message.result as Record<string, unknown>;
    return { ...message, result: { ...rest, [field]: page.entries.slice(0, room) } };
  }

  function failRequest(id: string | number): void {
    if (!open.delete(id)) return;
    const data = {};
    ownErrors.set(data, options.takeFailure?.(id) ?? new McpError({ code: "mcp.connection_lost" }));
    deliver?.({ jsonrpc: "2.0", id, error: { code: -32_000, message: "the answer cannot come", data } });
  }

  async function sendRequest(
    message: JSONRPCMessage & { id: string | number; method: string },
    given: TransportSendOptions,
  ): Promise<void> {
    const { id, method } = message;
    const abort = new AbortController();
    if (method !== "subscriptions/listen") open.set(id, { method, abort });
    if (listFields[method] !== undefined && !hasCursor(message)) listed.delete(method);
    const requestSignal = given.requestSignal ? AbortSignal.any([given.requestSignal, abort.signal]) : abort.signal;
    given.requestSignal?.addEventListener("abort", () => open.delete(id), { once: true });
    try {
      await inner.send(message, {
        ...given,
        requestSignal,
        onRequestStreamEnd() {
          given.onRequestStreamEnd?.();
          failRequest(id);
        },
      });
    } catch (error) {
      open.delete(id);
      throw error;
    }
  }

  async function sendCancellation(message: JSONRPCMessage, given: TransportSendOptions, id: string | number) {
    try {
      await inner.send(message, given);
    } finally {
      const request = open.get(id);
      open.delete(id);
      request?.abort.abort();
    }
  }

  const watched: WatchedTransport = {
    get openRequests() {
      return open.size;
    },
    get sessionId() {
      return inner.sessionId;
    },
    ...(inner.hasPerRequestStream === undefined ? {} : { hasPerRequestStream: inner.hasPerRequestStream }),
    ...(options.isProcess === true ? { pid: null, stderr: null } : {}),
    start: () => inner.start(),
    close: () => inner.close(),
    send(message, given = {}) {
      if ("method" in message && "id" in message) return sendRequest(message, given);
      const cancelled = cancelledId(message);
      return cancelled === undefined ? inner.send(message, given) : sendCancellation(message, given, cancelled);
    },
    setProtocolVersion: (version) => inner.setProtocolVersion?.(version),
    setSupportedProtocolVersions: (versions) => inner.setSupportedProtocolVersions?.(versions),
    get onmessage() {
      return deliver;
    },
    set onmessage(handler) {
      deliver = handler;
      inner.onmessage =
        handler &&
        ((message, extra) => {
          if ("method" in message) return handler(message, extra);
          // The SDK hears of progress a moment later than of answers, and then no longer knows whose it was.
          queueMicrotask(() => handler(settle(message) as typeof message, extra));
        });
    },
    get onclose() {
      return inner.onclose;
    },
    set onclose(handler) {
      inner.onclose = handler;
    },
    get onerror() {
      return inner.onerror;
    },
    set onerror(handler) {
      inner.onerror = handler;
    },
  };
  return watched;
}

function pageOf(result: unknown, field: string): Page | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  const record = result as Record<string, unknown>;
  const entries = record[field];
  return Array.isArray(entries) ? { entries, nextCursor: record["nextCursor"] } : undefined;
}

function hasCursor(message: object): boolean {
  const params = "params" in message ? message.params : undefined;
  return typeof params === "object" && params !== null && "cursor" in params && params.cursor !== undefined;
}

function cancelledId(message: object): string | number | undefined {
  if (!("method" in message) || message.method !== "notifications/cancelled") return undefined;
  const params = "params" in message ? message.params : undefined;
  const id = typeof params === "object" && params !== null && "requestId" in params ? params.requestId : undefined;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}
