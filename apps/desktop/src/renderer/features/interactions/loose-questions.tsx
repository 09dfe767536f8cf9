import { classNames } from "../../ui/class-names.ts";
import { useOpenInteractions } from "./interactions-context.tsx";
import { LateQuestion } from "./late-question.tsx";

/** Questions that no tool call of a chat stands for. */
export function LooseQuestions({ className }: { className?: string }) {
  const loose = useOpenInteractions().filter(({ toolCallId }) => toolCallId === null);
  if (loose.length === 0) return null;
  return (
    <div className={classNames("space-y-2", className)}>
      {loose.map((interaction) => (
        <div key={interaction.interactionId} className="rounded-xl border border-warn-line bg-raised">
          <LateQuestion interaction={interaction} />
        </div>
      ))}
    </div>
  );
}
