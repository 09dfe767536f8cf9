import { expect, test } from "vitest";
import type { ModelMessage } from "../provider.ts";
import { toCall, toPrompt } from "./prompt.ts";

const promptOf = (messages: ModelMessage[]) =>
  toPrompt({ model: "m", messages, tools: [], maxOutputTokens: null }, "openai");
const text = (value: string) => [{ type: "text", text: value }];

test("system messages become one, at the start; later ones are told to the model by the user", () => {
  const system = (content: string): ModelMessage => ({ role: "system", content });
  expect(promptOf([system("a"), system(" "), system("b"), { role: "user", content: "hi" }, system("c")])).toEqual([
    { role: "system", content: "a\n\nb" },
    { role: "user", content: text("hi") },
    { role: "user", content: text("<system>\nc\n</system>") },
  ]);
});

test("nothing empty is sent: providers refuse it", () => {
  expect(
    promptOf([
      { role: "user", content: " " },
      { role: "assistant", content: "" },
      { role: "user", content: "x" },
    ]),
  ).toEqual([{ role: "user", content: text("x") }]);
});

test("the results of one step travel together, failed ones as errors", () => {
  const call = (toolCallId: string, input: string) => ({ toolCallId, name: "t", input });
  const result = (toolCallId: string, isError: boolean): ModelMessage => ({
    role: "tool",
    toolCallId,
    name: "t",
    output: "o",
    isError,
  });
  const prompt = promptOf([
    { role: "user", content: "x" },
    {
      role: "assistant",
      content: "",
      toolCalls: [call("1", '{"a":1}'), call("2", ""), call("3", '{"a":'), call("4", "[1]")],
    },
    result("1", false),
    result("2", true),
  ]);
  expect(prompt[1]).toMatchObject({
    content: [
      { input: { a: 1 } },
      { input: {} },
      { input: { invalidArguments: '{"a":' } },
      { input: { invalidArguments: "[1]" } },
    ],
  });
  expect(prompt[2]).toMatchObject({
    role: "tool",
    content: [
      { toolCallId: "1", output: { type: "text" } },
      { toolCallId: "2", output: { type: "error-text", value: "o" } },
    ],
  });
});

test("data from a provider that does not fit the message is left out, and the message still goes", () => {
  const base = {
    role: "assistant" as const,
    content: "Hello",
    toolCalls: [{ toolCallId: "1", name: "t", input: "{}" }],
  };
  const parts = [
    { type: "reasoning", text: "r", options: { openai: { itemId: "i" } } },
    { type: "text", chars: 5 },
    { type: "tool-call", toolCallId: "1" },
  ];
  const withData = (providerData: Record<string, never> | object) =>
    promptOf([
      { role: "user", content: "x" },
      { ...base, providerData: JSON.parse(JSON.stringify(providerData)) },
    ])[1];
  const types = (message: ReturnType<typeof withData>) =>
    message?.role === "assistant" ? message.content.map(({ type }) => type) : [];
  expect(types(withData({ provider: "openai", model: "m", parts }))).toEqual(["reasoning", "text", "tool-call"]);
  expect(types(withData({ provider: "gemini", model: "m", parts }))).toEqual(["text", "tool-call"]);
  expect(types(withData({ provider: "openai", model: "m", parts: parts.slice(0, 2) }))).toEqual(["text", "tool-call"]);
  expect(
    types(withData({ provider: "openai", model: "m", parts: [{ type: "text", chars: 4 }, ...parts.slice(2)] })),
  ).toEqual(["text", "tool-call"]);
  expect(types(withData({ anything: [1] }))).toEqual(["text", "tool-call"]);
});

test("a tool without arguments still has an object schema", () => {
  const tools = [{ name: "t", description: "d", inputSchema: {} }];
  expect(toCall({ model: "m", messages: [], tools, maxOutputTokens: 5 }, "openai")).toMatchObject({
    maxOutputTokens: 5,
    tools: [{ type: "function", name: "t", inputSchema: { type: "object", properties: {} } }],
  });
});
