import { toVisibleText } from "./visible-text.ts";

export type VisibleOptions = {
  /** Fields that a program compares rather than a reader reads: they stay as they are, and are reported. */
  exactKeys: ReadonlySet<string>;
  /** Told where characters were that nobody sees, such as `inputSchema.properties.path.title`. */
  onHidden?: (path: string) => void;
};

const maxDepth = 32;

/** What a model and a user may be shown of a server's JSON: every text in it without hidden characters. */
export function toVisibleValue<TValue>(source: TValue, { exactKeys, onHidden }: VisibleOptions): TValue {
  function visible(value: unknown, path: string, isExact: boolean, depth: number): unknown {
    if (typeof value === "string") {
      const { text, hiddenCount } = toVisibleText(value);
      if (hiddenCount > 0) onHidden?.(path);
      return isExact ? value : text;
    }
    if (typeof value !== "object" || value === null) return value;
    // Deeper than anything a person wrote; what nobody can check is not shown.
    if (depth > maxDepth) return Array.isArray(value) ? [] : {};
    if (Array.isArray(value)) return value.map((one) => visible(one, path, isExact, depth + 1));
    const entries = Object.entries(value).map(([key, one]) => {
      const inner = path === "" ? key : `${path}.${key}`;
      if (toVisibleText(key).hiddenCount > 0) onHidden?.(inner);
      return [key, visible(one, inner, isExact || exactKeys.has(key), depth + 1)];
    });
    return Object.fromEntries(entries);
  }
  return visible(source, "", false, 0) as TValue;
}
