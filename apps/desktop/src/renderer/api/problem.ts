import type { Failure } from "@chatee/shared/failure";
import { failureSentence } from "./failure-sentence.ts";
import { strings } from "./problem.strings.ts";

/**
 * Why a call came to nothing, in the words of a screen. `network`: nobody knows whether the server got it, so it
 * may be asked again with the same client id. `failure`: expected, carries the ids a screen needs. `bug`: the
 * server logged it under an id that is in the sentence.
 */
export type Problem =
  | { kind: "network"; sentence: string }
  | { kind: "signed_out"; sentence: string }
  | { kind: "failure"; failure: Failure; sentence: string }
  | { kind: "bug"; sentence: string };

/** What tRPC's client throws, read defensively: a proxy in between may answer with anything. */
type CallError = {
  message?: unknown;
  data?: { failure?: Failure | null; httpStatus?: number } | null;
  meta?: { response?: { status?: number } } | null;
};

export function toProblem(error: unknown): Problem {
  const { message, data, meta } = (typeof error === "object" && error !== null ? error : {}) as CallError;
  const status = data?.httpStatus ?? meta?.response?.status;
  if (status === 401 || data?.failure?.code === "auth.required")
    return { kind: "signed_out", sentence: strings.signedOut };
  if (data?.failure) return { kind: "failure", failure: data.failure, sentence: failureSentence(data.failure) };
  const isGateway = status === 502 || status === 503 || status === 504;
  if (data == null && (status === undefined || isGateway)) return { kind: "network", sentence: strings.unreachable };
  return { kind: "bug", sentence: typeof message === "string" && data != null ? message : strings.unknown };
}

/** True when asking again may help and costs nothing: the call never reached the server, or its answer got lost. */
export function isNetworkProblem(error: unknown): boolean {
  return toProblem(error).kind === "network";
}
