import { Column, is, Param, Placeholder } from "drizzle-orm";

/** Without a name the value is fixed; without `encode` it goes as it is. */
type Slot = { name: string | null; encode: ((value: unknown) => unknown) | null; fixed: unknown };

function slotOf(param: unknown): Slot {
  if (is(param, Placeholder)) return { name: param.name, encode: null, fixed: null };
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { encoder } = param;
    const isPlain = encoder.mapToDriverValue === Column.prototype.mapToDriverValue;
    return {
      name: param.value.name,
      encode: isPlain ? null : (value) => encoder.mapToDriverValue(value),
      fixed: null,
    };
  }
  return { name: null, encode: null, fixed: param };
}

/**
 * Fills the placeholders of a compiled statement as Drizzle fills the values of one built for a single call:
 * null is NULL, also where a JSON codec would write the text `null`.
 *
 * @throws TypeError when a placeholder has no value.
 */
export function createBinder(params: unknown[]): (values: Record<string, unknown>) => unknown[] {
  const slots = params.map(slotOf);
  return (values) => {
    const bound = new Array<unknown>(slots.length);
    for (let index = 0; index < slots.length; index++) {
      const { name, encode, fixed } = slots[index] as Slot;
      const value = name === null ? fixed : values[name];
      if (value === undefined) throw new TypeError(`no value for the placeholder "${name}"`);
      bound[index] = encode === null || value === null ? value : encode(value);
    }
    return bound;
  };
}
