import { z } from "zod";

/**
 * What a program that runs the server as its child says to it, over a channel that only the two have. Secrets travel
 * here and neither in arguments nor in the environment, which others can read.
 */
export const hostMessage = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("start"),
    dataDirectory: z.string().min(1).max(4_000),
    /** Settings as in the environment (`CHATEE_SERVER__PORT`); they win over config.yaml. */
    settings: z.record(z.string(), z.string()),
    /** Good for one sign-in. */
    oneTimeToken: z.string().min(22).max(512),
    /** Keys that seal secrets, newest first, as `id:base64`; null leaves them to the data directory. */
    secretKeys: z.array(z.string()).min(1).max(100).nullable(),
  }),
  z.strictObject({ kind: z.literal("stop") }),
]);
export type HostMessage = z.infer<typeof hostMessage>;

/** What the child says. `failed` is the last word before it ends. */
export const hostedMessage = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ready"),
    /** On loopback. */
    port: z.int().min(1).max(65_535),
    /** Where people are told to open chatee, which may be another name for it. */
    url: z.url({ protocol: /^https?$/ }),
  }),
  z.strictObject({
    kind: z.literal("failed"),
    /** `port` may be mended by taking another; `setup` needs a person; anything else may pass by itself. */
    why: z.enum(["port", "setup", "other"]),
    /** One line for a person. */
    reason: z.string().max(20_000),
  }),
]);
export type HostedMessage = z.infer<typeof hostedMessage>;

/** In the data directory: the keys, sealed by the operating system's keychain for the program that hosts the server. */
export const sealedKeyFile = "secret.key.sealed";
