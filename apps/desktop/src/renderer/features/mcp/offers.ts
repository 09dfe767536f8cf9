import type { Json, JsonObject } from "@chatee/shared/json";

/** What a server offers beside its tools. Names and texts are its claims, not facts. */
export type PromptArgument = { name: string; label: string; description: string | null; isRequired: boolean };
export type Prompt = {
  name: string;
  title: string | null;
  description: string | null;
  args: readonly PromptArgument[];
};
export type Resource = {
  /** Of a template: an address with places to fill in. */
  uri: string;
  name: string;
  title: string | null;
  description: string | null;
  mimeType: string | null;
  sizeBytes: number | null;
};

/** What a server listed as prompts; whatever has no name cannot be asked for and is left out. */
export function readPrompts(listed: readonly JsonObject[]): Prompt[] {
  return listed.flatMap((prompt) => {
    const name = textOf(prompt["name"]);
    if (name === null) return [];
    const args = Array.isArray(prompt["arguments"]) ? prompt["arguments"].flatMap(readArgument) : [];
    return [{ name, title: textOf(prompt["title"]), description: textOf(prompt["description"]), args }];
  });
}

function readArgument(listed: Json): PromptArgument[] {
  if (!isObject(listed)) return [];
  const name = textOf(listed["name"]);
  if (name === null) return [];
  const label = textOf(listed["title"]) ?? name;
  return [{ name, label, description: textOf(listed["description"]), isRequired: listed["required"] === true }];
}

/** What a server listed as resources, or with `uriTemplate` as templates of them; without an address none can be read. */
export function readResources(listed: readonly JsonObject[], uriKey: "uri" | "uriTemplate" = "uri"): Resource[] {
  return listed.flatMap((resource) => {
    const uri = textOf(resource[uriKey]);
    if (uri === null) return [];
    const size = resource["size"];
    return [
      {
        uri,
        name: textOf(resource["name"]) ?? uri,
        title: textOf(resource["title"]),
        description: textOf(resource["description"]),
        mimeType: textOf(resource["mimeType"]),
        sizeBytes: typeof size === "number" && Number.isFinite(size) && size >= 0 ? size : null,
      },
    ];
  });
}

/** Whether every word that is looked for stands somewhere in the texts, in any case. */
export function hasWords(typed: string, texts: readonly (string | null)[]): boolean {
  const within = texts.join("\n").toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => within.includes(word));
}

/**
 * What was filled in, by the names of the arguments; `values` stand in their order. An argument that may be left out
 * and is empty is not given. `missing` holds the places of those that are required and empty.
 */
export function givenTo(
  args: readonly PromptArgument[],
  values: readonly string[],
): { given: Record<string, string> } | { missing: number[] } {
  const filled = args.map(({ name, isRequired }, index) => ({ name, isRequired, index, value: values[index] ?? "" }));
  const isEmpty = ({ value }: { value: string }) => value.trim() === "";
  const missing = filled.filter((one) => one.isRequired && isEmpty(one)).map(({ index }) => index);
  if (missing.length > 0) return { missing };
  const given = filled.filter((one) => !isEmpty(one)).map(({ name, value }) => [name, value] as const);
  return { given: Object.fromEntries(given) };
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
