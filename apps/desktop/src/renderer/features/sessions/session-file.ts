import type { Message } from "@chatee/shared/messages";
import type { Session } from "@chatee/shared/sessions";
import type { ApiClient } from "../../api/client.ts";
import { toMarkdown } from "./session-markdown.ts";

/** JSON holds every branch and can be imported again; Markdown is the branch on screen, for readers. */
export type SessionFormat = "json" | "markdown";

const pageLimit = 200;
/** Of a file's name, in characters of up to four bytes: file systems take 255 bytes. */
const maxNameChars = 60;

/** A session as a file. Read until it is complete, so it takes as long as the session is. */
export async function toSessionFile(
  client: Pick<ApiClient, "sessions" | "messages">,
  { sessionId, title }: Pick<Session, "sessionId" | "title">,
  format: SessionFormat,
): Promise<{ name: string; mimeType: string; text: string }> {
  if (format === "json") {
    const file = await client.sessions.export.query({ sessionId });
    return { name: `${nameOf(title)}.json`, mimeType: "application/json", text: `${JSON.stringify(file, null, 2)}\n` };
  }
  const pages: Message[][] = [];
  for (let before: string | null = null, isFirst = true; isFirst || before !== null; isFirst = false) {
    const page: { messages: Message[]; nextBefore: string | null } = await client.messages.list.query({
      sessionId,
      limit: pageLimit,
      before,
    });
    pages.push(page.messages);
    before = page.nextBefore;
  }
  const text = toMarkdown(title, pages.reverse().flat());
  return { name: `${nameOf(title)}.md`, mimeType: "text/markdown", text };
}

/** A title as a name that every system takes, without a folder in it and not a hidden one. */
function nameOf(title: string): string {
  const name = title
    .toWellFormed()
    .replace(/[\p{Cc}<>:"/\\|?*\u202a-\u202e\u2066-\u2069]/gu, " ")
    .replace(/\s+/g, " ")
    .replace(/^[. ]+/, "");
  const short = [...name]
    .slice(0, maxNameChars)
    .join("")
    .replace(/[. ]+$/, "");
  // What Windows keeps for devices, whatever stands after the dot.
  if (/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(short)) return `_${short}`;
  return short || "chat";
}
