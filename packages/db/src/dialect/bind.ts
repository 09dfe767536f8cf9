import { Column, is, Param, Placeholder } from "drizzle-orm";
import type { BoundValues } from "../statements.ts";

/** Without a key the value is fixed; without `encode` it goes as it is. */
type Slot = { key: string | number | null; encode: ((value: unknown) => unknown) | null; fixed: unknown };

/** A list is read by number, which costs a row of many values less than names do. */
const keyOf = (name: string): string | number => (/^\d+$/.test(name) ? Number(name) : name);

function slotOf(param: unknown): Slot {
  if (is(param, Placeholder)) return { key: keyOf(param.name), encode: null, fixed: null };
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { encoder } = param;
    const isPlain = encoder.mapToDriverValue === Column.prototype.mapToDriverValue;
    return {
      key: keyOf(param.value.name),
      encode: isPlain ? null : (value) => encoder.mapToDriverValue(value),
      fixed: null,
    };
  }
  return { key: null, encode: null, fixed: param };
}

/**
 * Fills the placeholders of a compiled statement as Drizzle fills the values of one built for a single call:
 * null is NULL, also where a JSON codec would write the text `null`.
 *
 * @throws TypeError when a placeholder has no value.
 */
export function createBinder(params: unknown[]): (values: BoundValues) => unknown[] {
  const slots = params.map(slotOf);
  return (given) => {
    const values = given as Record<string | number, unknown>;
    const bound = new Array<unknown>(slots.length);
    for (let index = 0; index < slots.length; index++) {
      const { key, encode, fixed } = slots[index] as Slot;
      const value = key === null ? fixed : values[key];
      if (value === undefined) throw new TypeError(`no value for the placeholder "${key}"`);
      bound[index] = encode === null || value === null ? value : encode(value);
    }
    return bound;
  };
}
