import fc from "fast-check";
import { expect, test } from "vitest";
import { createDeltaJoiner } from "./join-deltas.ts";

type Event = { name?: string; data: object | string };

const write = ({ name, data }: Event) =>
  `${name === undefined ? "" : `event: ${name}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
const chat = (delta: object, more: object = {}): Event => ({
  data: { id: "c1", choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }] },
});
const claude = (delta: object): Event => ({
  name: "content_block_delta",
  data: { type: "content_block_delta", index: 0, delta },
});

/** Joins the bytes of the events, read in pieces of these sizes, then of the rest. */
function join(text: string, sizes: readonly number[] = []): string {
  const bytes = Buffer.from(text).toString("latin1");
  const joiner = createDeltaJoiner();
  let joined = "";
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    const read = bytes.slice(at, at + size);
    if (read !== "") joined += joiner(read);
    at += size;
  }
  return Buffer.from(joined, "latin1").toString();
}

const eventsOf = (text: string) => text.split("\n\n").slice(0, -1);

/** What a client that adds up deltas has in the end: of each run of events that differ in one text alone, the whole. */
function meaningOf(text: string): [shape: string, text: string][] {
  const all: [string, string][] = [];
  for (const event of eventsOf(text)) {
    const [shape, said] = splitByParsing(event);
    const last = all.at(-1);
    if (said !== null && last?.[0] === shape) last[1] += said;
    else all.push([shape, said ?? ""]);
  }
  return all;
}

function splitByParsing(event: string): [shape: string, text: string | null] {
  const [, name = "", data = ""] = /^(event: \w+\n)?data: (.*)$/s.exec(event) ?? [];
  let parsed: { delta?: Record<string, unknown>; choices?: { delta?: Record<string, unknown> }[] };
  try {
    parsed = JSON.parse(data) as typeof parsed;
  } catch {
    return [event, null];
  }
  const delta = parsed.delta ?? parsed.choices?.[0]?.delta;
  if (typeof delta !== "object" || (parsed.choices?.length ?? 1) > 1) return [event, null];
  const said = Object.entries(delta).filter(([key, value]) => {
    const isConstant = value === null || ["role", "type"].includes(key) || JSON.stringify(value) === "[]";
    return !isConstant;
  });
  const [[key, value] = ["", null], ...others] = said;
  if (typeof value !== "string" || others.length > 0) return [event, null];
  delta[key] = "";
  return [name + JSON.stringify(parsed), value];
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom('"', "\\", "\n\n", "中文", "😀", '"}', '"delta":{"content":"', " the"),
);
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: text.map((content) => chat({ content })) },
  { weight: 3, arbitrary: text.map((piece) => chat({ content: null, reasoning_content: piece })) },
  { weight: 3, arbitrary: text.map((content) => chat({ role: "assistant", content, reasoning: null, details: [] })) },
  { weight: 3, arbitrary: text.map((piece) => claude({ type: "text_delta", text: piece })) },
  { weight: 3, arbitrary: text.map((piece) => claude({ type: "thinking_delta", thinking: piece })) },
  fc.tuple(text, text).map(([content, reasoning]) => chat({ content, reasoning })),
  fc.tuple(text, text).map(([reasoning, piece]) => chat({ reasoning, details: [{ text: piece }] })),
  fc.tuple(text, text).map(([one, two]) => ({
    data: { choices: [one, two].map((content, index) => ({ index, delta: { content } })) },
  })),
  text.map((piece) => chat({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
  fc.constant(chat({}, { finish_reason: "stop" })),
  fc.constant({ data: "[DONE]" }),
  text.map((piece) => ({ data: { type: "response.output_text.delta", delta: piece } })),
);

test("whoever adds up the joined events has what whoever adds up all of them has, wherever reads end", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 12 }), fc.array(fc.nat(150), { maxLength: 12 }), (events, sizes) => {
      const whole = events.map(write).join("");
      const joined = join(whole, sizes);
      expect(meaningOf(joined)).toEqual(meaningOf(whole));
      expect(eventsOf(joined).length).toBeLessThanOrEqual(events.length);
    }),
    { numRuns: 2_000 },
  );
});

test("the pieces of one read that follow each other become one event", () => {
  const said = ["The ", 'river "', "turns\n", "南"];
  for (const event of [
    (piece: string) => chat({ content: piece }),
    (piece: string) => chat({ role: "assistant", content: piece, reasoning: null, reasoning_details: [] }),
    (piece: string) => chat({ content: null, reasoning_content: piece }),
    (piece: string) => claude({ type: "text_delta", text: piece }),
    (piece: string) => claude({ type: "thinking_delta", thinking: piece }),
  ]) {
    const begin = write({ data: { begin: true } });
    const end = write({ data: "[DONE]" });
    const whole = begin + said.map((piece) => write(event(piece))).join("") + end;
    expect(join(whole)).toBe(begin + write(event(said.join(""))) + end);
  }
});

test("what is unknown, or says more than one thing, stays as it came", () => {
  const twice = (event: Event) => write(event) + write(event);
  for (const whole of [
    twice(chat({ content: "a", reasoning: "b" })),
    twice(chat({ reasoning: "a", reasoning_details: [{ text: "a" }] })),
    twice({ data: { choices: [{ delta: { content: "a" } }, { delta: { content: "b" } }] } }),
    twice(chat({ tool_calls: [{ index: 0, function: { arguments: "a" } }] })),
    twice({ name: "response.output_text.delta", data: { type: "response.output_text.delta", delta: "a" } }),
    twice(chat({}, { finish_reason: "stop" })),
    write(chat({ content: "a" })) + write(chat({ content: "a" }, { finish_reason: "length" })),
    twice({ data: '{"delta":{"content":"never closed' }),
    twice(chat({ content: "a" })).replaceAll("\n\n", "\r\n\r\n"),
    ": ping\n\n: ping\n\n",
    "not an event stream",
  ]) {
    expect(join(whole)).toBe(whole);
  }
});

test("nothing is held back: what one read brought is passed on before the next", () => {
  const bytes = Buffer.from(["a", "b", "c"].map((content) => write(chat({ content }))).join("")).toString("latin1");
  for (let size = 1; size < bytes.length; size++) {
    const joiner = createDeltaJoiner();
    const [first, second] = [joiner(bytes.slice(0, size)), joiner(bytes.slice(size))];
    expect(first.endsWith(bytes.slice(size - 1, size))).toBe(true);
    expect(meaningOf(first + second)).toEqual(meaningOf(bytes));
  }
});
