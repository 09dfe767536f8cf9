import { DomainError } from "@chatee/shared/failure";
import type { Dialer } from "@chatee/mcp-proxy/dialer/dialer";

/**
 * The fetch of model providers: the guarded dialer, with what an owner configured as the target. So a model server on
 * this machine or in the own network can be reached when the address says so, nothing that hands out a machine's
 * credentials ever, and no request, with its key and its prompt, is sent on to another origin. How long a model may think
 * is decided where the stream is read.
 */
export function createOutboundFetch(dialer: () => Promise<Dialer>): typeof globalThis.fetch {
  return async (input, init) => {
    if (typeof input !== "string" && !(input instanceof URL)) throw new TypeError("providers are asked by URL");
    try {
      return await (await dialer()).forTarget(input).fetch(input, { redirect: "follow", ...init });
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === null) throw error;
      throw new DomainError({ code: "llm.address_refused", host: new URL(input).host, reason }, { cause: error });
    }
  };
}

/** The library is not loaded before the first request, so its errors are known by their names. */
function refusalOf(error: unknown): "closed" | "redirected" | null {
  if (!(error instanceof Error) || error.name !== "DialError" || !("code" in error)) return null;
  if (error.code === "redirected") return "redirected";
  return error.code === "address_refused" || error.code === "url_invalid" ? "closed" : null;
}
