import { z } from "zod";
import type { RestRoute } from "./route.ts";
import { isFreeForm, isInstant, toWireName } from "./wire.ts";

type JsonSchema = { [key: string]: unknown };

/** The OpenAPI 3.1 document of a table of routes, with the names that travel on the wire. */
export function toOpenApi(routes: readonly RestRoute[], version: string): JsonSchema {
  const schemas: JsonSchema = {};
  const paths: Record<string, JsonSchema> = {};
  for (const route of routes) {
    const operation = toOperation(route, schemas);
    for (const [index, path] of [route.path, ...route.aliases].entries()) {
      const isAlias = index > 0;
      paths[toTemplate(path)] = {
        ...paths[toTemplate(path)],
        [route.method.toLowerCase()]: {
          ...operation,
          operationId: toOperationId(route.method, path),
          ...(isAlias && { deprecated: true, description: `The same as ${toTemplate(route.path)}.` }),
        },
      };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "chatee",
      version,
      description:
        "The REST face of chatee. Names are snake_case, times ISO 8601 in UTC, missing fields null. Unknown fields in a body are ignored.",
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(toTag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "The install's or an access token." } },
      schemas: { ...schemas, Error: errorSchema },
    },
  };
}

const errorSchema = {
  type: "object",
  required: ["error", "message"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { type: "string", examples: ["NOT_FOUND"] },
        message: { type: "string" },
        issues: {
          type: "array",
          items: {
            type: "object",
            required: ["path", "message"],
            properties: { path: { type: "string" }, message: { type: "string" } },
          },
        },
      },
    },
    message: { type: "string", description: "The same as error.message." },
    max_bytes: { type: "integer", description: "With 413: the most that a body of this route may hold." },
  },
};

const statusTexts: Record<number, string> = {
  200: "Done",
  201: "Created",
  400: "Bad input",
  401: "Not signed in",
  404: "Unknown id",
  409: "Conflict",
  413: "Too large",
  422: "Understood, but impossible",
  429: "Slow down; Retry-After says how long",
  502: "The upstream failed",
  503: "A needed part is down",
  504: "The upstream did not answer in time",
};

function toOperation(route: RestRoute, schemas: JsonSchema): JsonSchema {
  const isWrite = route.body !== null;
  const statuses = [
    400,
    ...(route.isOpen ? [] : [401]),
    ...(route.path.includes(":") ? [404] : []),
    ...(isWrite ? [413] : []),
    ...route.otherStatuses,
  ];
  const answer = jsonContent(toWireSchema(route.answer, "output", schemas));
  const errors = statuses.map((status) => {
    const content = status === 503 ? answer : jsonContent({ $ref: "#/components/schemas/Error" });
    return [String(status), { description: statusTexts[status] ?? "Error", content }];
  });
  return {
    summary: route.summary,
    tags: [toTag(route)],
    "x-procedures": route.procedures,
    ...(route.isOpen && { security: [] }),
    parameters: [
      ...toParameters(route.params, "path", "input", schemas),
      ...toParameters(route.query, "query", "output", schemas),
    ],
    ...(route.body && { requestBody: { content: jsonContent(toWireSchema(route.body, "input", schemas)) } }),
    responses: {
      [String(route.status)]: { description: statusTexts[route.status] ?? "Done", content: answer },
      ...Object.fromEntries(errors),
    },
  };
}

function jsonContent(schema: unknown): JsonSchema {
  return { "application/json": { schema } };
}

function toParameters(schema: z.ZodType, place: "path" | "query", io: "input" | "output", schemas: JsonSchema) {
  const { properties = {} } = toWireSchema(schema, io, schemas) as { properties?: Record<string, JsonSchema> };
  return Object.entries(properties).map(([name, inner]) => ({
    name,
    in: place,
    required: place === "path",
    schema: inner,
  }));
}

/** `/api/sessions/:session_id` → `/api/sessions/{session_id}`. */
export function toTemplate(path: string): string {
  return path.replace(/:([a-z_]+)/g, "{$1}");
}

function toOperationId(method: string, path: string): string {
  return `${method.toLowerCase()}${path.replace(/^\/api/, "").replace(/[^A-Za-z0-9]+/g, "_")}`;
}

function toTag({ procedures: [first] }: RestRoute): string {
  return first.split(".", 1)[0] ?? first;
}

/** The JSON Schema of what travels; schemas with an id are moved to `schemas` and referred to. */
function toWireSchema(schema: z.ZodType, io: "input" | "output", schemas: JsonSchema): JsonSchema {
  const {
    $schema: _dialect,
    $defs = {},
    ...whole
  } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as JsonSchema;
  for (const [name, definition] of Object.entries($defs as JsonSchema)) {
    if (!name.startsWith("__")) schemas[name] ??= toWireNode(definition);
  }
  return toWireNode(whole) as JsonSchema;
}

function toWireNode(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toWireNode);
  if (typeof node !== "object" || node === null) return node;
  const { $ref, properties, required, additionalProperties, id: _id, ...rest } = node as JsonSchema;
  if (typeof $ref === "string") return toWireRef($ref);
  return {
    ...Object.fromEntries(
      Object.entries(rest)
        .filter(([, inner]) => !isNoBound(inner))
        .map(([key, inner]) => [key, toWireNode(inner)]),
    ),
    ...(typeof properties === "object" && properties !== null && { properties: toWireProperties(properties) }),
    ...(Array.isArray(required) && { required: required.map((field) => toWireName(String(field))) }),
    // Answers may gain fields and bodies may hold more than is read.
    ...(typeof additionalProperties === "object" && { additionalProperties: toWireNode(additionalProperties) }),
  };
}

/** Zod says of every whole number that JavaScript can hold it. */
function isNoBound(value: unknown): boolean {
  return value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER;
}

/** The only schemas that zod names by itself are those that contain themselves: any JSON. */
function toWireRef($ref: string): JsonSchema {
  const name = $ref.replace("#/$defs/", "");
  return name.startsWith("__") || name === "#" ? {} : { $ref: `#/components/schemas/${name}` };
}

function toWireProperties(properties: object): JsonSchema {
  return Object.fromEntries(
    Object.entries(properties).map(([field, inner]) => {
      if (isFreeForm(field)) return [toWireName(field), withoutRefs(inner)];
      if (isInstant(field)) return [toWireName(field), toInstantSchema(inner)];
      return [toWireName(field), toWireNode(inner)];
    }),
  );
}

/** The user's own JSON keeps its names. */
function withoutRefs(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutRefs);
  if (typeof node !== "object" || node === null) return node;
  if ("$ref" in node) return {};
  return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, withoutRefs(inner)]));
}

function toInstantSchema(schema: unknown): JsonSchema {
  const isNullable = JSON.stringify(schema).includes('"null"');
  return { type: isNullable ? ["string", "null"] : "string", format: "date-time" };
}
