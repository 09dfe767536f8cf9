import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "./assets.ts";
import { ConfigError, parseConfig } from "./config.ts";
import { cleanCodeCache, openCodeCache } from "./code-cache.ts";
import { addSecretKey, openDataDirectory } from "./data-directory.ts";
import { dataDirectoryOf } from "./data-place.ts";

const usage = `chatee ${version()}

  (no command)   serve
  rotate-key     make a new secret key; the next start seals all stored keys under it
  --help, --version

Settings are keys of config.yaml in the data directory, or CHATEE_* in the environment.
`;

/** Expected reasons not to start: one line, no stack. */
const expected = new Set(["ConfigError", "DatabaseInUse", "DatabaseTooNew", "DatabaseDiverged", "DatabaseUnusable"]);

/** What the words after `chatee` ask for. A reason not to do it is told on standard error and ends the process. */
export async function runCommand(words: string[]): Promise<void> {
  try {
    await run(words);
  } catch (error) {
    process.stderr.write(`chatee: ${explain(error)}\n`);
    process.exit(1);
  }
}

async function run([command, ...rest]: string[]): Promise<void> {
  if (command === "--help") process.stdout.write(usage);
  else if (command === "--version") process.stdout.write(`${version()}\n`);
  else if (command === "rotate-key" && rest.length === 0) await rotateKey();
  else if (command === undefined) await serve();
  else throw new ConfigError(`there is no command "${command}" (see --help)`);
}

async function serve(): Promise<void> {
  const dataDirectory = dataDirectoryOf(process.env);
  const config = parseConfig(await readConfigFile(dataDirectory), process.env);
  await openDataDirectory(dataDirectory);
  openCodeCache(dataDirectory);
  const [{ openChatee }, { createLogger }] = await Promise.all([import("./compose.ts"), import("./logger.ts")]);
  const logger = createLogger({ level: config.server.debug ? "debug" : process.stderr.isTTY ? "warn" : "info" });
  // A promise that nobody waited for is a bug, but no reason to take everybody else's work down.
  process.on("unhandledRejection", (error) => logger.error({ error }, "a promise was rejected and nobody looked"));
  const chatee = await openChatee({ config, dataDirectory, logger });
  process.stdout.write(`chatee is ready: ${chatee.signInUrl}\ndata: ${dataDirectory}\n`);
  setTimeout(() => cleanCodeCache(dataDirectory), 3_000).unref();

  let isEnding = false;
  const end = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(1);
    isEnding = true;
    logger.info({ signal }, "ending");
    // What could not be stored by then is found and closed by the next start.
    setTimeout(() => process.exit(1), 9_500).unref();
    chatee.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ error }, "ending failed");
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
}

async function rotateKey(): Promise<void> {
  const dataDirectory = dataDirectoryOf(process.env);
  const config = parseConfig(await readConfigFile(dataDirectory), process.env);
  if (config.secrets.key !== undefined)
    throw new ConfigError(
      "secrets.key comes from the configuration: put the new key there and the old one into secrets.old_keys",
    );
  await openDataDirectory(dataDirectory);
  process.stdout.write(
    `made the secret key ${await addSecretKey(dataDirectory)}; restart chatee to seal stored keys under it\n`,
  );
}

async function readConfigFile(dataDirectory: string): Promise<unknown> {
  const file = process.env["CHATEE_CONFIG"] ?? join(dataDirectory, "config.yaml");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isAbsent && process.env["CHATEE_CONFIG"] === undefined) return null;
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

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (expected.has(error.name)) return error.message;
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `${error.message.replace(/^listen EADDRINUSE: /, "")}. Is chatee running already? Choose another with CHATEE_SERVER__PORT.`;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return error.message;
  return error.stack ?? error.message;
}
