import { TRPCError } from "@trpc/server";
import type { CombinedDataTransformer } from "@trpc/server";
import superjson from "superjson";
import { exceededBound, maxDepth } from "./json-bounds.ts";

const maxNodes = 100_000;

/**
 * superjson on the wire, with both hot and dangerous ends cut off. Outputs are plain JSON by construction
 * (times are epoch milliseconds), so they are wrapped without superjson's walk. Inputs may carry the
 * `Date` and `undefined` annotations only: superjson revives before anything is validated, and its other
 * annotations let a small request allocate gigabytes.
 */
export const transformer: CombinedDataTransformer = {
  input: { serialize: superjson.serialize, deserialize: deserializeInput },
  output: { serialize: (value: unknown) => ({ json: value }), deserialize: superjson.deserialize },
};

function deserializeInput(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || !("json" in value)) {
    throw new TRPCError({ code: "BAD_REQUEST", message: 'The input must be encoded as {"json": …}.' });
  }
  assertBounded(value.json);
  const meta = "meta" in value ? value.meta : undefined;
  if (meta !== undefined) assertPlain(meta);
  try {
    return superjson.deserialize(value as Parameters<typeof superjson.deserialize>[0]);
  } catch (cause) {
    throw new TRPCError({ code: "BAD_REQUEST", message: "The annotations do not fit the input.", cause });
  }
}

/** Refuses what is nested deeper or holds more values than any honest request. */
function assertBounded(root: unknown): void {
  const exceeded = exceededBound(root, maxNodes);
  if (exceeded === null) return;
  const message =
    exceeded === "depth"
      ? `The input is nested deeper than ${maxDepth} levels.`
      : `The input holds more than ${maxNodes} values.`;
  throw new TRPCError({ code: "BAD_REQUEST", message });
}

function assertPlain(meta: unknown): void {
  assertBounded(meta);
  const allowed = (node: unknown): boolean => {
    if (node === "Date" || node === "undefined") return true;
    if (Array.isArray(node)) return node.every(allowed);
    return (
      typeof node === "object" &&
      node !== null &&
      Object.keys(node).every(isSafePath) &&
      Object.values(node).every(allowed)
    );
  };
  const { values, ...rest } = typeof meta === "object" && meta !== null ? (meta as { values?: unknown }) : { meta };
  if (Object.keys(rest).some((key) => key !== "v") || (values !== undefined && !allowed(values))) {
    throw new TRPCError({ code: "BAD_REQUEST", message: "Of superjson's types only Date and undefined are accepted." });
  }
}

function isSafePath(path: string): boolean {
  return !/(^|\.)(__proto__|prototype|constructor)($|\.)/.test(path);
}
