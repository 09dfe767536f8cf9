import { attachmentsOf } from "@chatee/shared/attachments";
import type { Message, ToolCall } from "@chatee/shared/messages";
import { strings as messageStrings } from "../messages/messages.strings.ts";
import { toSegments } from "../messages/segments.ts";
import { strings } from "./sessions.strings.ts";

type Said = Pick<Message, "role" | "model" | "content" | "thinking" | "toolCalls" | "ext">;

/** A branch as Markdown: who said what, each word as it was written. Thinking and what tools answered are left out. */
export function toMarkdown(title: string, messages: readonly Said[]): string {
  const sections = messages.flatMap((message) => {
    const parts = partsOf(message);
    return parts.length === 0 ? [] : [`## ${plain(speakerOf(message))}`, ...parts];
  });
  return `${[`# ${plain(title)}`, ...sections].join("\n\n")}\n`;
}

function speakerOf({ role, model }: Said): string {
  switch (role) {
    case "user":
      return messageStrings.you;
    case "assistant":
      return messageStrings.answerFrom(model);
    case "system":
      return strings.system;
    case "tool":
      return strings.tool;
  }
}

function partsOf(message: Said): string[] {
  const parts = toSegments(message).flatMap((segment) => {
    if (segment.kind === "thinking") return [];
    if (segment.kind === "tool") return [lineOf(segment.call)];
    const text = segment.text.replace(/^(?:[ \t]*\r?\n)+/, "").trimEnd();
    return text === "" ? [] : [withoutOpenFence(text)];
  });
  const names = attachmentsOf(message).map(({ name }) => code(name));
  return names.length === 0 ? parts : [...parts, `> ${strings.attached(names.join(", "))}`];
}

function lineOf({ serverName, toolName, name, status }: ToolCall): string {
  const called = code([serverName, toolName ?? name].filter((part) => part).join(" / "));
  return `> ${strings.toolCall(called, messageStrings.toolStatus[status])}`;
}

/** On one line, with no mark that means something: a title is not written in Markdown. */
function plain(text: string): string {
  return oneLine(text).replace(/[\\`*_~[\]<>#&|]/g, "\\$&");
}

function code(text: string): string {
  const line = oneLine(text);
  const longest = [...line.matchAll(/`+/g)].reduce((most, [ticks]) => Math.max(most, ticks.length), 0);
  const ticks = "`".repeat(longest + 1);
  return longest === 0 ? `${ticks}${line}${ticks}` : `${ticks} ${line} ${ticks}`;
}

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ").trim();

/** Ends a code block that was left open, as an answer that was stopped does: it would swallow all that follows. */
function withoutOpenFence(text: string): string {
  let open = "";
  for (const line of text.split(/\r?\n/)) {
    const [, indent = "", fence = "", rest = ""] = /^( {0,3})(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence === "") continue;
    if (open !== "") {
      if (fence.startsWith(open) && rest.trim() === "") open = "";
      // An indented one mostly stands in a list, and ends with it.
    } else if (indent === "" && !(fence.startsWith("`") && rest.includes("`"))) open = fence;
  }
  return open === "" ? text : `${text}\n${open}`;
}
