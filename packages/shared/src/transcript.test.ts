import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message, ToolCall } from "./messages.ts";
import type { StreamEvent } from "./stream-event.ts";
import { fromEventId, toEventId } from "./stream-event.ts";
import { applyEvent, emptyTranscript, prependPage, toolCallsOf, toTranscript } from "./transcript.ts";
import type { Transcript } from "./transcript.ts";

function message(fields: Partial<Message> & Pick<Message, "messageId" | "seq">): Message {
  return {
    sessionId: "s",
    parentId: null,
    role: "assistant",
    status: "streaming",
    content: "",
    thinking: null,
    toolCalls: null,
    tokenCount: null,
    tokenCountEstimated: false,
    accToken: null,
    ext: null,
    mcpdetail: null,
    model: null,
    llmConfigId: null,
    runId: null,
    failure: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...fields,
  };
}

const fold = (start: Transcript, events: readonly StreamEvent[]) => events.reduce<Transcript>(applyEvent, start);

/** A session as it happens: questions, and answers of random pieces that end in any of the ways. */
const history = fc
  .array(
    fc.record({
      pieces: fc.array(
        fc.record({
          part: fc.constantFrom("content" as const, "thinking" as const),
          text: fc.string({ minLength: 1, maxLength: 8 }),
        }),
        { maxLength: 12 },
      ),
      end: fc.constantFrom("completed", "failed", "interrupted", "open"),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((turns) =>
    turns.flatMap(({ pieces, end }, index): StreamEvent[] => {
      const parentId = index === 0 ? null : `a${index - 1}`;
      const user = message({
        messageId: `u${index}`,
        seq: index * 2 + 1,
        role: "user",
        status: "completed",
        content: `q${index}`,
        parentId,
      });
      const answer = message({ messageId: `a${index}`, seq: index * 2 + 2, parentId: user.messageId });
      const text = { content: "", thinking: "" };
      const deltas = pieces.map(({ part, text: piece }): StreamEvent => {
        const offset = text[part].length;
        text[part] += piece;
        return { type: "message.delta", messageId: answer.messageId, part, offset, text: piece };
      });
      const whole = { ...answer, content: text.content, thinking: text.thinking || null };
      const ends: StreamEvent[] =
        end === "completed"
          ? [{ type: "message.completed", message: { ...whole, status: "completed" } }]
          : end === "failed"
            ? [{ type: "message.failed", message: { ...whole, status: "failed" }, failure: { code: "llm.no_config" } }]
            : end === "interrupted"
              ? [{ type: "message.interrupted", message: { ...whole, status: "interrupted" }, reason: "crashed" }]
              : [];
      return [
        { type: "message.created", message: user },
        { type: "message.created", message: answer },
        ...deltas,
        ...ends,
      ];
    }),
  );

describe("the transcript", () => {
  test("replaying any stretch over a page that already holds some of it gives what live watching gives", () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.nat(), (events, a, b) => {
        const page = a % (events.length + 1);
        const from = b % (page + 1);
        const live = fold(emptyTranscript, events);
        const replayed = fold(toTranscript(fold(emptyTranscript, events.slice(0, page))), events.slice(from));
        expect(replayed).toEqual(live);
      }),
    );
  });

  test("once the terminal event is there, the deltas before it do not matter", () => {
    fc.assert(
      fc.property(history, fc.nat(), (events, seed) => {
        const ended = new Set(
          events.flatMap((event) =>
            "message" in event && event.type !== "message.created" ? [event.message.messageId] : [],
          ),
        );
        const pruned = events.filter(
          (event, index) =>
            event.type !== "message.delta" || !ended.has(event.messageId) || (seed >> (index % 20)) % 2 === 0,
        );
        const kept = fold(emptyTranscript, pruned);
        const all = fold(emptyTranscript, events);
        expect(kept.messages).toEqual(all.messages);
      }),
    );
  });

  test("a missing delta is noticed, never papered over", () => {
    const start = toTranscript({ messages: [message({ messageId: "a", seq: 1, content: "abc" })] });
    const delta = (offset: number, text: string): StreamEvent => ({
      type: "message.delta",
      messageId: "a",
      part: "content",
      offset,
      text,
    });
    expect(applyEvent(start, delta(5, "x"))).toMatchObject({ stale: true, messages: [{ content: "abc" }] });
    expect(applyEvent(start, delta(3, "d"))).toMatchObject({ stale: false, messages: [{ content: "abcd" }] });
    expect(applyEvent(start, delta(1, "bcd"))).toMatchObject({ stale: false, messages: [{ content: "abcd" }] });
    expect(applyEvent(start, delta(0, "ab"))).toBe(start);
  });

  test("a run that ends without ending its message leaves no spinner: the page is to be read again", () => {
    const start = toTranscript({ messages: [message({ messageId: "a", seq: 1, runId: "r" })] });
    const failed = { type: "run.failed", runId: "r", failure: { code: "run.internal_error", errorId: "e" } } as const;
    expect(applyEvent(start, failed).stale).toBe(true);
    expect(applyEvent(start, { ...failed, runId: "another" })).toBe(start);
    const ended = applyEvent(start, {
      type: "message.completed",
      message: message({ messageId: "a", seq: 1, runId: "r", status: "completed" }),
    });
    expect(applyEvent(ended, { type: "run.completed", runId: "r" })).toBe(ended);
  });

  test("a new answer to the same question takes the place of the old one, which becomes its sibling", () => {
    const user = message({ messageId: "u", seq: 1, role: "user", status: "completed" });
    const first = message({ messageId: "a", seq: 2, parentId: "u", status: "completed" });
    const second = message({ messageId: "b", seq: 3, parentId: "u" });
    const after = applyEvent(toTranscript({ messages: [user, first] }), { type: "message.created", message: second });
    expect(after.messages).toEqual([user, { ...second, siblingIds: ["a", "b"] }]);
  });

  test("an older page goes in front and never overwrites what is newer", () => {
    const old = message({ messageId: "a", seq: 1, content: "old" });
    const now = { ...old, content: "now" };
    const next = message({ messageId: "b", seq: 2 });
    expect(
      prependPage(toTranscript({ messages: [now, next] }), [message({ messageId: "z", seq: 0 }), old]).messages.map(
        ({ content }) => content,
      ),
    ).toEqual(["", "now", ""]);
  });
});

describe("a tool call", () => {
  const call = (fields: Partial<ToolCall> = {}): ToolCall => ({
    toolCallId: "t",
    name: "look",
    arguments: {},
    status: "running",
    result: null,
    step: 0,
    contentOffset: 0,
    thinkingOffset: 0,
    startedAtMs: 1,
    finishedAtMs: null,
    ...fields,
  });
  const progress = (value: number): StreamEvent => ({
    type: "tool.progress",
    messageId: "a",
    toolCallId: "t",
    progress: { progress: value, total: 3 },
  });
  const start = toTranscript({ messages: [message({ messageId: "a", seq: 1 })] });
  const callOf = (transcript: Transcript) => toolCallsOf(transcript.messages[0] ?? { toolCalls: null })[0];

  test("shows how far it is until it has ended, and a late or foreign word changes nothing", () => {
    const going = fold(start, [{ type: "tool.started", messageId: "a", call: call() }, progress(1), progress(2)]);
    expect(callOf(going)?.progress).toEqual({ progress: 2, total: 3 });
    const done = call({ status: "done", result: "x", finishedAtMs: 2 });
    const over = fold(going, [{ type: "tool.finished", messageId: "a", call: done }, progress(3)]);
    expect(callOf(over)).toEqual(done);
    expect(applyEvent(start, progress(1))).toBe(start);
  });
});

describe("event ids", () => {
  test("come back as the number they were made of, in their own stream only", () => {
    fc.assert(
      fc.property(fc.nat(), fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (seq, stream, other) => {
        expect(fromEventId(stream, toEventId(stream, seq))).toBe(seq);
        if (other !== stream) expect(fromEventId(other, toEventId(stream, seq))).toBeNull();
      }),
    );
  });
  test("are refused when they are junk", () => {
    for (const junk of ["", "1", "-1", "1-", "zzzzzzzzzzzzzzz-0000000", "5-ABCDEFG", "__proto__", "5-xxxxxxx "])
      expect(fromEventId("s", junk)).toBeNull();
  });
});
