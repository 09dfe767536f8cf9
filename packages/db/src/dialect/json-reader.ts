import { jsonObject } from "@chatee/shared/json";
import type { z } from "zod";

/**
 * Reads a column of JSON text by its schema; throws when a row does not fit it. Whatever `JSON.parse` gives is
 * JSON, so of an object that may hold any JSON only the outermost kind is looked at.
 */
export function readerOf<TValue>(schema: z.ZodType<TValue>): (text: string) => TValue {
  if ((schema as unknown) !== jsonObject) return (text) => schema.parse(JSON.parse(text));
  return (text) => {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as TValue;
    return schema.parse(value);
  };
}
