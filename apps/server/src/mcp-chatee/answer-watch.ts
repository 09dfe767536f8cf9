import type { Services } from "@chatee/api/services";

const reportEveryMs = 250;
const maxReportChars = 2_000;

/**
 * Resolves when the answer is not being written any more, or `signal` aborts. Meanwhile tells what was written since the
 * last report, and which tools are used, at most four times a second: how many characters there are, and the newest.
 */
export async function watchAnswer(
  { sessions, messages }: Pick<Services, "sessions" | "messages">,
  what: { ownerId: string; sessionId: string; messageId: string; lastEventId: string; signal: AbortSignal },
  { report, elapsedMs }: { report: (done: number, message: string) => void; elapsedMs: () => number },
): Promise<void> {
  const { ownerId, sessionId, messageId, lastEventId, signal } = what;
  const isWritten = async () => (await messages.get(ownerId, messageId)).status !== "streaming";
  // The same message sent again may have been answered long ago: no event will say so.
  if (await isWritten()) return;
  let done = 0;
  let unsaid = "";
  let nextMs = 0;
  function say(text: string): void {
    unsaid += text;
    if (elapsedMs() < nextMs) return;
    nextMs = elapsedMs() + reportEveryMs;
    report(done, unsaid.slice(-maxReportChars));
    unsaid = "";
  }
  for await (const { event } of sessions.events({ ownerId, sessionId, lastEventId, signal })) {
    switch (event.type) {
      case "message.delta":
        if (event.messageId !== messageId) break;
        done += event.text.length;
        if (event.part === "content") say(event.text);
        break;
      case "tool.started":
        if (event.messageId !== messageId) break;
        done++;
        say(`\n[${event.call.toolName ?? event.call.name}]\n`);
        break;
      case "message.completed":
      case "message.failed":
      case "message.interrupted":
        if (event.message.messageId === messageId) return;
        break;
      case "message.deleted":
        if (event.messageId === messageId) return;
        break;
      case "resync":
        if (await isWritten()) return;
        break;
      default:
    }
  }
}
