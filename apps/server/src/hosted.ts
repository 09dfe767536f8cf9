import { existsSync } from "node:fs";
import { openCodeCache } from "./code-cache.ts";
import { openHostChannel } from "./host-channel.ts";
import type { HostChannel, StartMessage } from "./host-channel.ts";

/**
 * The server as the child of a program that looks after it: it says nothing on the command line, is told everything
 * over their channel, and ends when it is told to, or when nobody is left to tell.
 */
const channel = openHostChannel();
// Not awaited here: a host may count a process as started only when this file has run to its end.
void channel.started.then((start) => {
  if (existsSync(start.dataDirectory)) openCodeCache(start.dataDirectory);
  return serve(channel, start);
});

async function serve(host: HostChannel, { dataDirectory, settings, oneTimeToken, secretKeys }: StartMessage) {
  const { explainStart, kindOfStartFailure } = await import("./start-failure.ts");
  try {
    const [{ openChatee }, { createLogger }, { readConfig }, { withSecretKeys }, { openDataDirectory }] =
      await Promise.all([
        import("./compose.ts"),
        import("./logger.ts"),
        import("./config-file.ts"),
        import("./config.ts"),
        import("./data-directory.ts"),
      ]);
    const config = withSecretKeys(await readConfig(dataDirectory, settings), secretKeys);
    await openDataDirectory(dataDirectory);
    const logger = createLogger({ level: config.server.debug ? "debug" : "info" });
    process.on("unhandledRejection", (error) => logger.error({ error }, "a promise was rejected and nobody looked"));
    const chatee = await openChatee({ config, dataDirectory, logger, oneTimeToken });
    await host.say({ kind: "ready", port: chatee.port, url: chatee.url });
    await host.stopped;
    // What could not be stored by then is found and closed by the next start.
    setTimeout(() => process.exit(1), 9_500).unref();
    await chatee.close();
    process.exit(0);
  } catch (error) {
    await host.say({ kind: "failed", why: kindOfStartFailure(error), reason: explainStart(error).slice(0, 20_000) });
    process.exit(1);
  }
}
