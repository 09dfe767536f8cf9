import { isIP } from "node:net";
import { z } from "zod";

/** A value that must not be printed: logs, errors and `JSON.stringify` show a mask. */
export class Hidden {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toJSON(): string {
    return "[hidden]";
  }
  toString(): string {
    return "[hidden]";
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[hidden]";
  }
}

/** A wrong key or value; the message is one line that names it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const hidden = z.coerce.string().transform((value) => new Hidden(value));
const port = z.coerce.number().int().min(1).max(65_535);
const flag = z.union([z.boolean(), z.stringbool()]);
/** In YAML a list, in the environment words with commas between them. */
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) => text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]))),
]);
const origin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && (url.pathname === "/" || url.pathname === "")) return url.origin;
  context.addIssue({ code: "custom", message: "must be an origin such as https://chatee.example" });
  return z.NEVER;
});
const address = z.string().refine(isAddressRange, "must be an IP address or a CIDR range");

const schema = z.strictObject({
  server: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1"),
      port: z.coerce.number().int().min(0).max(65_535).default(3002),
      public_url: z.url({ protocol: /^https?$/ }).optional(),
      debug: flag.default(false),
    })
    .prefault({}),
  auth: z
    .strictObject({
      /** `none` is for old clients, on loopback only. */
      mode: z.enum(["token", "none"]).default("token"),
      token: hidden.optional(),
    })
    .prefault({}),
  secrets: z.strictObject({ key: hidden.optional(), old_keys: list.default([]) }).prefault({}),
  mysql: z
    .strictObject({
      enabled: flag.default(false),
      host: z.string().default("localhost"),
      port: port.default(3306),
      user: z.string().default("root"),
      password: hidden.default(new Hidden("")),
      database: z.string().min(1).default("chatee"),
      pool_size: z.coerce.number().int().min(1).max(500).default(10),
    })
    .prefault({}),
  redis: z
    .strictObject({
      enabled: flag.default(false),
      host: z.string().default("localhost"),
      port: port.default(6379),
      username: z.string().optional(),
      password: hidden.optional(),
      db: z.coerce.number().int().min(0).max(1000).default(0),
    })
    .prefault({}),
  cors: z.strictObject({ origins: list.pipe(z.array(origin)).default([]) }).prefault({}),
  mcp: z
    .strictObject({
      /** Seconds until response headers. */
      proxy_timeout: z.coerce.number().positive().max(86_400).default(90),
      /** Seconds. */
      health_check_interval: z.coerce.number().positive().max(86_400).default(30),
      allow_addresses: list.pipe(z.array(address)).default([]),
      stdio: flag.optional(),
      /** Of a client id metadata document that its owner keeps on the web, for a chatee that nobody else reaches. */
      client_metadata_url: z.url({ protocol: /^https$/ }).optional(),
    })
    .prefault({}),
  /** What one answer may use up. */
  runs: z
    .strictObject({
      /** Requests to the model. */
      max_steps: z.coerce.number().int().positive().max(1_000).default(25),
      max_minutes: z.coerce
        .number()
        .positive()
        .max(24 * 60)
        .default(30),
      max_calls_per_step: z.coerce.number().int().positive().max(1_000).default(64),
      max_output_tokens: z.coerce.number().int().positive().optional(),
      max_cost_usd: z.coerce.number().positive().optional(),
    })
    .prefault({}),
  research: z
    .strictObject({
      upload_max_mb: z.coerce.number().positive().max(1_000_000).default(512),
      max_form_parts: z.coerce.number().int().positive().max(1_000_000).default(20_000),
    })
    .prefault({}),
});
export type Config = z.output<typeof schema>;

const prefix = "CHATEE_";
/** Said elsewhere than in the configuration: where to look for it, and what tests hand to each other. */
const reserved = /^CHATEE_(DATA_DIR|CONFIG|TEST_.*)$/;

/**
 * The configuration from a parsed config.yaml (null when there is none) and the environment, which wins:
 * `CHATEE_SERVER__PORT` is `server.port`.
 *
 * @throws ConfigError with one line that names the wrong key or value
 */
export function parseConfig(file: unknown, env: Record<string, string | undefined>): Config {
  if (file !== null && file !== undefined && !isRecord(file))
    throw new ConfigError("config.yaml: must hold keys and values");
  const merged: Record<string, unknown> = {};
  for (const [section, values] of Object.entries(file ?? {})) {
    // A section that is named and left empty is null in YAML.
    if (values !== null) merged[section] = isRecord(values) ? { ...values } : values;
  }
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === "" || !name.startsWith(prefix) || reserved.test(name)) continue;
    const [section = "", key, ...deeper] = name.slice(prefix.length).toLowerCase().split("__");
    if (!(section in schema.shape) || key === undefined || deeper.length > 0) {
      throw new ConfigError(`${name}: there is no such setting`);
    }
    const known = merged[section] ?? {};
    if (!isRecord(known)) throw new ConfigError(`config.yaml: ${section} must hold keys and values`);
    merged[section] = { ...known, [key]: value };
  }
  // Read once: compiling the schema for speed would take longer than reading.
  const result = schema.safeParse(merged, { jitless: true });
  if (!result.success) throw new ConfigError(sayIssue(result.error, env));
  return checked(result.data);
}

function sayIssue({ issues: [issue] }: z.ZodError, env: Record<string, string | undefined>): string {
  if (!issue) return "config.yaml: is not valid";
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys")
    return `${placeOf([...path, issue.keys[0] ?? ""], env)}: there is no such setting`;
  return `${placeOf(path, env)}: ${issue.message}`;
}

function placeOf(path: string[], env: Record<string, string | undefined>): string {
  const name = `${prefix}${path.slice(0, 2).join("__").toUpperCase()}`;
  return env[name] ? name : `config.yaml: ${path.join(".")}`;
}

/** Rules between settings. */
function checked(config: Config): Config {
  if (isForThisMachine(config)) return config;
  const { host, public_url } = config.server;
  const open = isLoopback(host) ? `server.public_url is ${public_url}` : `server.host is ${host}`;
  if (config.auth.mode === "none") throw new ConfigError(`auth.mode: "none" is for loopback only, and ${open}`);
  const token = config.auth.token?.reveal();
  if (token !== undefined && token.length < minTokenChars)
    throw new ConfigError(`auth.token: must have at least ${minTokenChars} characters, for ${open}`);
  return config;
}

/** Whether nobody comes from elsewhere: neither to the address that it listens on, nor through a proxy before it. */
export function isForThisMachine({ server: { host, public_url } }: Pick<Config, "server">): boolean {
  const isPublic = public_url !== undefined && !isLoopback(new URL(public_url).hostname.replace(/^\[|\]$/g, ""));
  return isLoopback(host) && !isPublic;
}

/** The keys that a host keeps, unless the configuration has its own. */
export function withSecretKeys(config: Config, keys: readonly string[] | null): Config {
  const [key, ...old_keys] = keys ?? [];
  if (key === undefined || config.secrets.key !== undefined) return config;
  return { ...config, secrets: { key: new Hidden(key), old_keys } };
}

/** 128 bits in base64. */
export const minTokenChars = 22;

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function isAddressRange(text: string): boolean {
  const [ip = "", bits, ...rest] = text.split("/");
  const family = isIP(ip);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
