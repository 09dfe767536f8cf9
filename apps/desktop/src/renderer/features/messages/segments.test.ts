import type { Json } from "@chatee/shared/json";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toSegments } from "./segments.ts";
import { toolCall } from "./testing/message.ts";

const call = fc.record({
  contentOffset: fc.integer({ min: -3, max: 60 }),
  thinkingOffset: fc.integer({ min: -3, max: 60 }),
});

test("whatever offsets tool calls carry, no character of an answer is lost, doubled or moved", () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string()), fc.array(call, { maxLength: 6 }), (content, thinking, offsets) => {
      const calls = offsets.map((at, index) => toolCall({ toolCallId: `c${index}`, ...at }));
      const segments = toSegments({ content, thinking, toolCalls: calls });
      const joined = (kind: "content" | "thinking") =>
        segments.map((segment) => (segment.kind === kind ? segment.text : "")).join("");
      expect(joined("content")).toBe(content);
      expect(joined("thinking")).toBe(thinking ?? "");
      expect(segments.flatMap((segment) => (segment.kind === "tool" ? [segment.key] : []))).toEqual(
        calls.map(({ toolCallId }) => toolCallId),
      );
    }),
  );
});

test("a call stands between what the model said before and after it, and keys stay while the answer grows", () => {
  const calls = [toolCall({ toolCallId: "a", thinkingOffset: 4, contentOffset: 6 })] as Json;
  const whole = toSegments({ thinking: "hmm.ah.", content: "First.Then.", toolCalls: calls });
  expect(whole.map((segment) => (segment.kind === "tool" ? "tool" : segment.text))).toEqual([
    "hmm.",
    "First.",
    "tool",
    "ah.",
    "Then.",
  ]);
  const earlier = toSegments({ thinking: "hmm.", content: "First.", toolCalls: calls });
  expect(whole.slice(0, earlier.length).map(({ key }) => key)).toEqual(earlier.map(({ key }) => key));
});
