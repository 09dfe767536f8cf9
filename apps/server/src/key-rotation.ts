import { rotateLlmKeys } from "@chatee/api/llm/llm.service-rotation";
import { rotateMcpOauth } from "@chatee/api/mcp/mcp-oauth.rotation";
import { rotateMcpSecrets } from "@chatee/api/mcp/mcp.service-rotation";
import type { AesSecrets } from "@chatee/api/secrets-aes";
import type { Database } from "@chatee/db/database";
import { createLlmStore } from "@chatee/db/llm.store";
import { createMcpOauthStore } from "@chatee/db/mcp.oauth.store";
import { createMcpStore } from "@chatee/db/mcp.store";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { dropOldSecretKeys } from "./data-directory.ts";

/**
 * The key file has a new key: everything is sealed under it, then the others go. Run again until all opens.
 * Never rejects.
 */
export async function sealAnew(deps: {
  config: Config;
  dataDirectory: string;
  logger: Logger;
  db: Database;
  secrets: AesSecrets;
}): Promise<void> {
  const { config, dataDirectory, logger, db, secrets } = deps;
  try {
    const rotated = [
      await rotateLlmKeys({ store: createLlmStore(db), secrets }),
      await rotateMcpSecrets({ store: createMcpStore(db), secrets }),
      await rotateMcpOauth({ store: createMcpOauthStore(db), secrets }),
    ];
    const resealed = rotated.reduce((sum, one) => sum + one.resealed, 0);
    const unreadable = rotated.flatMap((one) => one.unreadable);
    logger.info({ resealed, unreadable }, "stored keys were sealed under the newest secret key");
    if (unreadable.length === 0 && config.secrets.key === undefined && db.engine === "sqlite")
      await dropOldSecretKeys(dataDirectory);
  } catch (error) {
    logger.error({ error }, "sealing stored keys anew failed; the next start tries again");
  }
}
