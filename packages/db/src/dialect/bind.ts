import { is, Param, Placeholder } from "drizzle-orm";

type Slot = { name: string; encode(value: unknown): unknown } | { fixed: unknown };

function slotOf(param: unknown): Slot {
  if (is(param, Placeholder)) return { name: param.name, encode: (value) => value };
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { encoder } = param;
    return { name: param.value.name, encode: (value) => encoder.mapToDriverValue(value) };
  }
  return { fixed: param };
}

/**
 * Fills the placeholders of a compiled statement as Drizzle fills the values of one built for a single call:
 * null is NULL, also where a JSON codec would write the text `null`.
 *
 * @throws TypeError when a placeholder has no value.
 */
export function createBinder(params: unknown[]): (values: Record<string, unknown>) => unknown[] {
  const slots = params.map(slotOf);
  return (values) =>
    slots.map((slot) => {
      if ("fixed" in slot) return slot.fixed;
      const value = values[slot.name];
      if (value === undefined) throw new TypeError(`no value for the placeholder "${slot.name}"`);
      return value === null ? null : slot.encode(value);
    });
}
