/** RFC 9110, token. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const primitives: readonly unknown[] = ["string", "integer", "boolean"];
/** Below these a parameter is not always in the same place, and must not be mirrored. */
const branching = new Set(
  (
    "items prefixItems contains additionalProperties unevaluatedProperties unevaluatedItems propertyNames " +
    "patternProperties dependentSchemas oneOf anyOf allOf not if then else $defs definitions"
  ).split(" "),
);
const maxDepth = 64;

/**
 * Whether the parameters a tool wants mirrored in headers (`x-mcp-header`, 2026-07-28, SEP-2243) are declared as the
 * revision demands: a token, unique without regard to case, on a primitive that is reached through `properties` alone.
 * A tool for which this is false must not be shown to anybody who speaks HTTP.
 */
export function hasSoundHeaderParams(inputSchema: unknown): boolean {
  const names = new Set<string>();

  function isSound(node: unknown, isReachable: boolean, depth: number): boolean {
    if (typeof node !== "object" || node === null) return true;
    if (depth > maxDepth) return false;
    if (Array.isArray(node)) return node.every((one) => isSound(one, false, depth + 1));
    const schema = node as Record<string, unknown>;
    if ("x-mcp-header" in schema && !(isReachable && depth > 0 && isSoundDeclaration(schema))) return false;
    return Object.entries(schema).every(([keyword, value]) => {
      if (keyword === "properties") return areSound(value, isReachable, depth);
      if (!branching.has(keyword)) return true;
      // A schema, a list of them, or a record of them: none may hold a declaration.
      return isSound(value, false, depth + 1) && areSound(value, false, depth);
    });
  }

  function areSound(schemas: unknown, isReachable: boolean, depth: number): boolean {
    if (typeof schemas !== "object" || schemas === null || Array.isArray(schemas)) return true;
    return Object.values(schemas).every((one) => isSound(one, isReachable, depth + 1));
  }

  function isSoundDeclaration(schema: Record<string, unknown>): boolean {
    const name = schema["x-mcp-header"];
    if (typeof name !== "string" || !token.test(name) || !primitives.includes(schema["type"])) return false;
    if (names.has(name.toLowerCase())) return false;
    names.add(name.toLowerCase());
    return true;
  }

  return isSound(inputSchema, true, 0);
}
