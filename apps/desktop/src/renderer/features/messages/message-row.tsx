import { memo } from "react";
import { Answer } from "./answer.tsx";
import { useMessage } from "./chat-context.tsx";
import { UserMessage } from "./user-message.tsx";

/** The column that everything said stands in. */
export const column = "mx-auto w-full max-w-[46rem] px-4 sm:px-6";

export const MessageRow = memo(function MessageRow(props: { messageId: string; isLast: boolean; isMarked: boolean }) {
  const { messageId, isLast, isMarked } = props;
  const message = useMessage(messageId);
  if (!message) return null;
  return (
    <article
      data-message-id={messageId}
      data-role={message.role}
      data-status={message.status}
      className={isMarked ? `${column} marked` : column}
    >
      {message.role === "user" ? (
        <UserMessage message={message} isLast={isLast} />
      ) : message.role === "assistant" ? (
        <Answer message={message} isLast={isLast} />
      ) : (
        <p className="py-3 text-center text-[13px] whitespace-pre-wrap text-muted">{message.content}</p>
      )}
    </article>
  );
});
