import type { createCaller } from "@chatee/api/app-router";
import { z } from "zod";

/** Calls procedures of the typed API as the one who sent the request. */
export type Call = ReturnType<typeof createCaller>;

type Method = "GET" | "POST" | "PUT" | "DELETE";

const ordinaryBodyBytes = 1024 * 1024;
/** Avatars and media come as base64 inside of JSON. */
export const mediaBodyBytes = 16 * 1024 * 1024;

const nothing = z.object({});

type Definition<
  TParams extends z.ZodType,
  TQuery extends z.ZodObject,
  TBody extends z.ZodType,
  TAnswer extends z.ZodType,
> = {
  method: Method;
  /** Wire names: `/api/sessions/:session_id`. */
  path: string;
  /** Other paths that earlier clients call. */
  aliases?: string[];
  summary: string;
  /** The procedures behind it: `sessions.get`. */
  procedures: [string, ...string[]];
  params?: TParams;
  query?: TQuery;
  /** Absent: whatever is in the body is ignored. */
  body?: TBody;
  answer: TAnswer;
  status?: 200 | 201;
  /** Where the status depends on the answer. */
  statusOf?: (answer: z.output<TAnswer>) => number;
  otherStatuses?: number[];
  bodyBytes?: number;
  /** Needs no sign-in. */
  isOpen?: boolean;
  /** Its body or its answer is a stream: described here, served by files.plugin. */
  isStream?: boolean;
  run: (request: {
    call: Call;
    params: z.output<TParams>;
    query: z.output<TQuery>;
    body: z.output<TBody>;
  }) => Promise<z.input<TAnswer>>;
};

export type RestRoute = Omit<
  Definition<z.ZodType, z.ZodObject, z.ZodType, z.ZodType>,
  | "aliases"
  | "params"
  | "query"
  | "body"
  | "status"
  | "statusOf"
  | "otherStatuses"
  | "bodyBytes"
  | "isOpen"
  | "isStream"
  | "run"
> & {
  aliases: string[];
  params: z.ZodType;
  query: z.ZodObject;
  body: z.ZodType | null;
  status: number;
  statusOf: (answer: unknown) => number;
  otherStatuses: number[];
  bodyBytes: number;
  isOpen: boolean;
  isStream: boolean;
  run: (request: { call: Call; params: unknown; query: unknown; body: unknown }) => Promise<unknown>;
};

/**
 * One row of the table from which routes, checks of input and the OpenAPI document are made. Schemas use the
 * server's names; `run` calls procedures, so that a route can do no more than they allow.
 */
export function route<
  TAnswer extends z.ZodType,
  TParams extends z.ZodType = typeof nothing,
  TQuery extends z.ZodObject = typeof nothing,
  TBody extends z.ZodType = typeof nothing,
>(definition: Definition<TParams, TQuery, TBody, TAnswer>): RestRoute {
  const status = definition.status ?? 200;
  return {
    ...definition,
    aliases: definition.aliases ?? [],
    params: definition.params ?? nothing,
    query: definition.query ?? nothing,
    body: definition.body ?? null,
    status,
    statusOf: (definition.statusOf as RestRoute["statusOf"] | undefined) ?? (() => status),
    otherStatuses: definition.otherStatuses ?? [],
    bodyBytes: definition.bodyBytes ?? ordinaryBodyBytes,
    isOpen: definition.isOpen ?? false,
    isStream: definition.isStream ?? false,
    run: definition.run as RestRoute["run"],
  };
}

/** What an answer says when there is nothing else to say. */
export const success = z.strictObject({ success: z.boolean() });

/** A whole number in a query string. */
export const numberInQuery = z
  .string()
  .regex(/^-?\d{1,15}$/, "must be a whole number")
  .transform(Number);

/** A yes or no in a query string. */
export const flagInQuery = z.stringbool({ truthy: ["true", "1", "yes"], falsy: ["false", "0", "no"] });

export const instant = z.int();
export const maybeInstant = instant.nullable();
/** The user's own JSON. */
export const freeForm = z.unknown();
