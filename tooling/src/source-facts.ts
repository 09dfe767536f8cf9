import { parseSync } from "rolldown/utils";

export type Import = { specifier: string; isTypeOnly: boolean };

/** What the architecture rules need to know of one source file. */
export type SourceFacts = {
  imports: Import[];
  /** Ambient inputs it reads, as written: `process.env`, `Date.now`, `new Date()`, `setTimeout`, … */
  ambient: string[];
  /** True when the file does nothing but re-export other files. */
  isBarrel: boolean;
};

type SyntaxNode = { type: string; [key: string]: unknown };

const ambientMembers = new Set([
  "process.env",
  "Date.now",
  "performance.now",
  "Math.random",
  "crypto.randomUUID",
  "crypto.getRandomValues",
]);
const ambientCalls = new Set(["setTimeout", "setInterval", "setImmediate"]);
/** Named imports that are the same inputs by another road. */
const ambientImports: Record<string, readonly string[]> = {
  "node:crypto": ["randomUUID", "randomBytes", "randomInt"],
  "node:timers": ["setTimeout", "setInterval", "setImmediate"],
  "node:timers/promises": ["setTimeout", "setInterval", "setImmediate", "scheduler"],
  "node:process": ["env"],
};

/** Parses one file; throws when it does not parse, for a file that is not read is not checked. */
export function readSourceFacts(path: string, source: string): SourceFacts {
  const { program, errors } = parseSync(path, source, { lang: path.endsWith("x") ? "tsx" : "ts" });
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message ?? ""}`);
  const body = program.body as unknown as SyntaxNode[];
  const facts: SourceFacts = { imports: [], ambient: [], isBarrel: body.length > 0 && body.every(isReexport) };
  visit(program as unknown as SyntaxNode, facts);
  return facts;
}

function isReexport(node: SyntaxNode): boolean {
  return node.type === "ExportAllDeclaration" || (node.type === "ExportNamedDeclaration" && isNode(node["source"]));
}

function visit(node: SyntaxNode, facts: SourceFacts): void {
  const specifier = importedModule(node);
  if (specifier !== undefined) {
    facts.imports.push({ specifier, isTypeOnly: isTypeOnly(node) });
    facts.ambient.push(...ambientNames(node, specifier));
  }
  const ambient = ambientUse(node);
  if (ambient !== undefined) facts.ambient.push(ambient);

  for (const value of Object.values(node)) {
    if (isNode(value)) visit(value, facts);
    else if (Array.isArray(value)) value.filter(isNode).forEach((child) => visit(child, facts));
  }
}

function importedModule(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return literal(node["source"]);
    case "CallExpression":
      return nameOf(node["callee"]) === "require" ? literal((node["arguments"] as unknown[])[0]) : undefined;
    default:
      return undefined;
  }
}

function isTypeOnly(node: SyntaxNode): boolean {
  return node["importKind"] === "type" || node["exportKind"] === "type" || node.type === "TSImportType";
}

function ambientNames(node: SyntaxNode, specifier: string): string[] {
  const names = ambientImports[specifier];
  if (names === undefined || node.type !== "ImportDeclaration" || isTypeOnly(node)) return [];
  const imported = (node["specifiers"] as SyntaxNode[]).map((one) => nameOf(one["imported"]));
  return imported.flatMap((name) => (name !== undefined && names.includes(name) ? [`${specifier} ${name}`] : []));
}

function ambientUse(node: SyntaxNode): string | undefined {
  if (node.type === "MemberExpression") {
    const member = `${nameOf(node["object"])?.replace("globalThis.", "")}.${nameOf(node["property"])}`;
    return ambientMembers.has(member) ? member : undefined;
  }
  const callee = nameOf(node["callee"]);
  if (node.type === "CallExpression" && callee !== undefined && ambientCalls.has(callee)) return callee;
  if (node.type === "NewExpression" && callee === "Date" && (node["arguments"] as unknown[]).length === 0)
    return "new Date()";
  return undefined;
}

function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === "Identifier") return value["name"] as string;
  if (value.type === "MemberExpression") return `${nameOf(value["object"])}.${nameOf(value["property"])}`;
  return undefined;
}

function literal(value: unknown): string | undefined {
  return isNode(value) && typeof value["value"] === "string" ? value["value"] : undefined;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
