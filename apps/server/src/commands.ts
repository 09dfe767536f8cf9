import { version } from "./assets.ts";
import { ConfigError } from "./config.ts";
import { readConfig } from "./config-file.ts";
import { cleanCodeCache, openCodeCache } from "./code-cache.ts";
import { addSecretKey, openDataDirectory } from "./data-directory.ts";
import { dataDirectoryOf } from "./data-place.ts";
import { explainStart } from "./start-failure.ts";

const usage = `chatee ${version()}

  (no command)   serve
  rotate-key     make a new secret key; the next start seals all stored keys under it
  restore FILE   check a backup and let the next start put it in the database's place; the old one is kept
  --help, --version

Settings are keys of config.yaml in the data directory, or CHATEE_* in the environment.
`;

/** What the words after `chatee` ask for. A reason not to do it is told on standard error and ends the process. */
export async function runCommand(words: string[]): Promise<void> {
  try {
    await run(words);
  } catch (error) {
    process.stderr.write(`chatee: ${explainStart(error)}\n`);
    process.exit(1);
  }
}

async function run([command, ...rest]: string[]): Promise<void> {
  if (command === "--help") process.stdout.write(usage);
  else if (command === "--version") process.stdout.write(`${version()}\n`);
  else if (command === "rotate-key" && rest.length === 0) await rotateKey();
  else if (command === "restore" && rest[0] !== undefined && rest.length === 1) await restore(rest[0]);
  else if (command === undefined) await serve();
  else throw new ConfigError(`there is no command "${command}" (see --help)`);
}

async function serve(): Promise<void> {
  const dataDirectory = dataDirectoryOf(process.env);
  const config = await readConfig(dataDirectory, process.env);
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

async function restore(backup: string): Promise<void> {
  const dataDirectory = dataDirectoryOf(process.env);
  const config = await readConfig(dataDirectory, process.env);
  if (config.mysql.enabled)
    throw new ConfigError("the database is MySQL: back it up and restore it with its own tools (mysqldump, mysql)");
  await openDataDirectory(dataDirectory);
  const { stageRestore } = await import("./backups.ts");
  const { sessions, messages } = stageRestore(dataDirectory, backup);
  process.stdout.write(
    `the backup is whole (${sessions} chats, ${messages} messages); the next start puts it in the database's place\n`,
  );
}

async function rotateKey(): Promise<void> {
  const dataDirectory = dataDirectoryOf(process.env);
  const config = await readConfig(dataDirectory, process.env);
  if (config.secrets.key !== undefined)
    throw new ConfigError(
      "secrets.key comes from the configuration: put the new key there and the old one into secrets.old_keys",
    );
  await openDataDirectory(dataDirectory);
  process.stdout.write(
    `made the secret key ${await addSecretKey(dataDirectory)}; restart chatee to seal stored keys under it\n`,
  );
}
