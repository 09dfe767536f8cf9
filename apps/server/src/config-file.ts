import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, parseConfig } from "./config.ts";
import type { Config } from "./config.ts";

type Variables = Record<string, string | undefined>;

/**
 * The configuration of a data directory: its config.yaml, or the file that `CHATEE_CONFIG` names, and the variables.
 *
 * @throws ConfigError with one line that names what is wrong
 */
export async function readConfig(dataDirectory: string, env: Variables): Promise<Config> {
  return parseConfig(await readConfigFile(dataDirectory, env["CHATEE_CONFIG"]), env);
}

async function readConfigFile(dataDirectory: string, named: string | undefined): Promise<unknown> {
  const file = named ?? join(dataDirectory, "config.yaml");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isAbsent && named === undefined) return null;
    throw new ConfigError(`${file}: ${isAbsent ? "there is no such file" : "cannot be read"}`, { cause: error });
  }
  const { parse } = await import("yaml");
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message.split("\n", 1)[0] : "is not YAML"}`, {
      cause: error,
    });
  }
}
