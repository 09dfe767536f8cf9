import { z } from "zod";
import { toServerOrigin } from "./addresses.ts";
import { readIfThere, writePrivate } from "./private-file.ts";

const bounds = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(1).max(20_000),
  height: z.int().min(1).max(20_000),
  isMaximized: z.boolean(),
});
export type SavedBounds = z.infer<typeof bounds>;

const preferences = z.object({
  bounds: bounds.nullable().catch(null),
  server: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("bundled") }),
      z.object({ kind: z.literal("remote"), origin: z.string().refine((text) => toServerOrigin(text) === text) }),
    ])
    .catch({ kind: "bundled" }),
  /**
   * The port that the system gave the bundled server at its first start, taken again while it is free: what a page keeps
   * (drafts, the theme) and what authorization servers know chatee by belong to an address with its port.
   */
  port: z.int().min(0).max(65_535).catch(0),
  closeToTray: z.boolean().catch(false),
});
export type PreferenceValues = z.infer<typeof preferences>;

export type Preferences = ReturnType<typeof openPreferences>;

/** What the shell remembers of itself, in a file. A damaged file or value is as good as none. */
export function openPreferences(file: string) {
  let values = preferences.parse(read(file));
  return {
    get: (): PreferenceValues => values,
    set(changed: Partial<PreferenceValues>): void {
      values = preferences.parse({ ...values, ...changed });
      writePrivate(file, `${JSON.stringify(values, null, 2)}\n`);
    },
  };
}

function read(file: string): object {
  try {
    const found: unknown = JSON.parse(readIfThere(file)?.toString("utf8") ?? "{}");
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}
