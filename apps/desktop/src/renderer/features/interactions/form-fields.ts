import type { Json } from "@chatee/shared/json";

type Choice = { value: string; label: string };

/** A field of a form that a server asks to be filled in. */
export type FormField = {
  name: string;
  label: string;
  hint: string | null;
  isRequired: boolean;
} & (
  | {
      kind: "text";
      inputType: "text" | "email" | "url" | "date" | "datetime-local";
      initial: string;
      format: string | null;
    }
  | { kind: "number"; isWhole: boolean; minimum: number | null; maximum: number | null; initial: string }
  | { kind: "yes_no"; initial: boolean }
  | { kind: "choice"; choices: Choice[]; initial: string }
  | { kind: "choices"; choices: Choice[]; initial: string[] }
);

export type FormValue = string | boolean | string[];
export type FormValues = Record<string, FormValue>;
export type FormProblem = "required" | "not_a_number" | "not_such";
export type FormContent = Record<string, string | number | boolean | string[]>;

const inputTypes = { email: "email", uri: "url", date: "date", "date-time": "datetime-local" } as const;

/** The fields of a flat JSON Schema object. What is not understood is asked for as text. */
export function toFields(schema: Json): FormField[] {
  if (!isObject(schema) || !isObject(schema["properties"])) return [];
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(schema["properties"]).map(([name, raw]) =>
    toField(name, isObject(raw) ? raw : {}, required.includes(name)),
  );
}

function toField(name: string, property: { [name: string]: Json }, isRequired: boolean): FormField {
  const base = { name, label: text(property["title"]) ?? name, hint: text(property["description"]), isRequired };
  const initial = property["default"];
  const choices = choicesOf(property);
  if (choices) return { ...base, kind: "choice", choices, initial: text(initial) ?? "" };
  const items = isObject(property["items"]) ? choicesOf(property["items"]) : null;
  if (property["type"] === "array" && items) {
    return { ...base, kind: "choices", choices: items, initial: Array.isArray(initial) ? initial.map(asText) : [] };
  }
  switch (property["type"]) {
    case "boolean":
      return { ...base, kind: "yes_no", initial: initial === true };
    case "number":
    case "integer":
      return {
        ...base,
        kind: "number",
        isWhole: property["type"] === "integer",
        minimum: number(property["minimum"]),
        maximum: number(property["maximum"]),
        initial: typeof initial === "number" ? String(initial) : "",
      };
    default: {
      const format = text(property["format"]);
      const inputType = inputTypes[format as keyof typeof inputTypes] ?? "text";
      return { ...base, kind: "text", inputType, format, initial: text(initial) ?? "" };
    }
  }
}

function choicesOf(property: { [name: string]: Json }): Choice[] | null {
  const { enum: values, enumNames: names } = property;
  if (Array.isArray(values)) {
    return values.map((value, index) => ({
      value: asText(value),
      label: (Array.isArray(names) ? text(names[index] ?? null) : null) ?? asText(value),
    }));
  }
  const titled = property["oneOf"] ?? property["anyOf"];
  if (!Array.isArray(titled)) return null;
  return titled.flatMap((one) => {
    const value = isObject(one) ? text(one["const"]) : null;
    return value === null || !isObject(one) ? [] : [{ value, label: text(one["title"]) ?? value }];
  });
}

export function initialValues(fields: readonly FormField[]): FormValues {
  return Object.fromEntries(fields.map((field) => [field.name, field.initial]));
}

/** What is sent, or what is wrong with it, by field. Fields that may stay empty and are empty are left out. */
export function toContent(
  fields: readonly FormField[],
  values: FormValues,
): { content: FormContent } | { problems: Record<string, FormProblem> } {
  const content: FormContent = {};
  const problems: Record<string, FormProblem> = {};
  for (const field of fields) {
    const value = values[field.name] ?? field.initial;
    if (field.kind === "yes_no") content[field.name] = value === true;
    else if (value === "" || (Array.isArray(value) && value.length === 0)) {
      if (field.isRequired) problems[field.name] = "required";
    } else if (field.kind === "number") {
      const parsed = Number(value);
      const isSuch =
        Number.isFinite(parsed) &&
        (!field.isWhole || Number.isInteger(parsed)) &&
        parsed >= (field.minimum ?? -Infinity) &&
        parsed <= (field.maximum ?? Infinity);
      if (isSuch) content[field.name] = parsed;
      else problems[field.name] = "not_a_number";
    } else if (field.kind === "text" && field.format === "date-time") {
      const atMs = Date.parse(String(value));
      if (Number.isNaN(atMs)) problems[field.name] = "not_such";
      else content[field.name] = new Date(atMs).toISOString();
    } else content[field.name] = value;
  }
  return Object.keys(problems).length > 0 ? { problems } : { content };
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
const text = (value: Json | undefined) => (typeof value === "string" ? value : null);
const asText = (value: Json) => (typeof value === "string" ? value : JSON.stringify(value));
const number = (value: Json | undefined) => (typeof value === "number" ? value : null);
