import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Sources (`src`) and bundle (`dist`) lie equally deep, so the same relative places serve both. */
const place = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export function migrationsFolder(engine: "sqlite" | "mysql"): string {
  return place(`../../../packages/db/migrations/${engine}`);
}

/** The built web UI, or null when it was not built. */
export function webFolder(): string | null {
  const folder = place("../../desktop/dist/renderer");
  return existsSync(`${folder}/index.html`) ? folder : null;
}

export function version(): string {
  const { version: found } = JSON.parse(readFileSync(place("../package.json"), "utf8")) as { version: string };
  return found;
}
