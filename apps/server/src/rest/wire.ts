/**
 * Names and times as they travel over REST. Inside the server a field is `createdAtMs: 1712…`, on the wire it is
 * `created_at: "2024-…Z"`. One converter for every route, in both directions; what is the user's own JSON passes
 * through unchanged, keys and all.
 */

/** Fields whose inside is the user's, by the name they have in the server. */
const freeFormFields: ReadonlySet<string> = new Set([
  "metadata",
  "protectedResource",
  "authorizationServer",
  "ext",
  "toolCalls",
  "mcpdetail",
  "config",
  "crawlerOptions",
  "normalizeConfig",
  "rawData",
  "crawledData",
  "parsedData",
  "arguments",
  "inputSchema",
  "outputSchema",
  "annotations",
  "changes",
  "schema",
  "response",
  "result",
  "input",
  "rawResult",
  "logs",
  "mentions",
  "media",
]);

const instantEnding = "AtMs";

export function isFreeForm(field: string): boolean {
  return freeFormFields.has(field);
}

export function isInstant(field: string): boolean {
  return field.endsWith(instantEnding);
}

/** `llmConfigId` → `llm_config_id`, `createdAtMs` → `created_at`. */
export function toWireName(field: string): string {
  const name = isInstant(field) ? field.slice(0, -"Ms".length) : field;
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `llm_config_id` → `llmConfigId`, `created_at` → `createdAtMs`. Names without underscores stay as they are. */
export function fromWireName(name: string): string {
  const field = name.replace(/(?<=[A-Za-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return name.endsWith("_at") ? `${field}Ms` : field;
}

/** A dotted path of fields; what lies in the user's own JSON keeps its names. */
export function toWirePath(path: string): string {
  const fields = path.split(".");
  const own = fields.findIndex(isFreeForm);
  return fields.map((field, depth) => (own === -1 || depth <= own ? toWireName(field) : field)).join(".");
}

type Sent = { name: string; isFree: boolean; isTime: boolean };

/** How each field is sent, worked out once: a page has a thousand. */
const known = new Map<string, Sent>();
const maxKnown = 5_000;

function sentAs(field: string): Sent {
  const found = known.get(field);
  if (found) return found;
  const sent = { name: toWireName(field), isFree: isFreeForm(field), isTime: isInstant(field) };
  if (known.size < maxKnown) known.set(field, sent);
  return sent;
}

/** An answer as it is sent: snake_case names, ISO times, null for what is missing. */
export function toWire(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(toWire);
  const wire: Record<string, unknown> = {};
  // A list of the entries would be made for each of a page's messages, and take a fifth of the time.
  for (const field in value) {
    const inner: unknown = value[field as keyof typeof value];
    const { name, isFree, isTime } = sentAs(field);
    if (name === "__proto__") continue;
    if (isFree) wire[name] = inner ?? null;
    else if (isTime && typeof inner === "number") wire[name] = toIso(inner);
    else wire[name] = typeof inner === "object" || inner === undefined ? toWire(inner) : inner;
  }
  return wire;
}

/** What came in, with the server's names. A time that cannot be read stays as it came, for the schema to refuse. */
export function fromWire(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fromWire);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const field = fromWireName(name);
      if (isFreeForm(field)) return [field, inner];
      if (isInstant(field) && typeof inner === "string") return [field, fromIso(inner) ?? inner];
      return [field, fromWire(inner)];
    }),
  );
}

/** Null for an instant that no calendar holds. */
function toIso(atMs: number): string | null {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

const iso = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** A time without a zone is UTC, as the earlier backend wrote them. */
function fromIso(text: string): number | null {
  const match = iso.exec(text);
  if (!match) return null;
  const hasZone = match[1] !== undefined || text.length === "2024-01-01".length;
  const atMs = Date.parse(hasZone ? text : `${text}Z`);
  return Number.isNaN(atMs) ? null : atMs;
}
