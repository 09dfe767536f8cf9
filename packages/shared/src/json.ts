import { z } from "zod";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Any JSON value; free-form fields are the user's and pass through unchanged. */
export const json: z.ZodType<Json> = z.json();
export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);

/** One complaint about one place in an input; `path` is dotted and empty for the whole. */
export type StandardIssue = { path: string; message: string };
