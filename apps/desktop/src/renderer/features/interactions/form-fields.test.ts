import { expect, test } from "vitest";
import { initialValues, toContent, toFields } from "./form-fields.ts";

const fields = toFields({
  type: "object",
  required: ["name", "age"],
  properties: {
    name: { type: "string", title: "Your name" },
    mail: { type: "string", format: "email" },
    age: { type: "integer", minimum: 1, maximum: 150 },
    news: { type: "boolean", default: true },
    size: { type: "string", enum: ["s", "m"], enumNames: ["Small", "Medium"] },
    color: { type: "string", oneOf: [{ const: "r", title: "Red" }, { const: "g" }] },
    days: { type: "array", items: { type: "string", enum: ["mon", "tue"] } },
  },
});

test("every kind of field a server may ask for becomes the fitting input, with its words and its default", () => {
  expect(fields).toMatchObject([
    { name: "name", label: "Your name", kind: "text", isRequired: true },
    { kind: "text", inputType: "email", isRequired: false },
    { kind: "number", isWhole: true, minimum: 1, maximum: 150 },
    { kind: "yes_no", initial: true },
    { kind: "choice", choices: [{ label: "Small" }, { label: "Medium" }] },
    { kind: "choice", choices: [{ label: "Red" }, { label: "g", value: "g" }] },
    { kind: "choices", choices: [{ value: "mon" }, { value: "tue" }] },
  ]);
});

test("what is sent has the types the server asked for, and leaves out what was left empty", () => {
  const values = { ...initialValues(fields), name: "Ada", age: "36", days: ["tue"] };
  expect(toContent(fields, values)).toEqual({ content: { name: "Ada", age: 36, news: true, days: ["tue"] } });
});

test("nothing is sent while a needed field is empty or a number is none", () => {
  expect(toContent(fields, initialValues(fields))).toEqual({ problems: { name: "required", age: "required" } });
  const values = { ...initialValues(fields), name: "Ada", age: "1.5" };
  expect(toContent(fields, values)).toEqual({ problems: { age: "not_a_number" } });
});

test("a schema that is none asks for nothing", () => {
  expect([toFields(null), toFields([]), toFields({ properties: 3 })]).toEqual([[], [], []]);
});
