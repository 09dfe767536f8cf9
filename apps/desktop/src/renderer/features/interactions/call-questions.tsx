import { useOpenInteractions } from "./interactions-context.tsx";
import { LateQuestion } from "./late-question.tsx";

/** What has to be answered before a call goes on. Mount it only for calls that are not over. */
export function CallQuestions({ messageId, toolCallId }: { messageId: string; toolCallId: string }) {
  const questions = useOpenInteractions().filter(
    (interaction) => interaction.toolCallId === toolCallId && interaction.messageId === messageId,
  );
  return questions.map((interaction) => (
    <div key={interaction.interactionId} className="border-t border-line">
      <LateQuestion interaction={interaction} />
    </div>
  ));
}
