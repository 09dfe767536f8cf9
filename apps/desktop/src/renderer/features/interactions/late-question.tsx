import type { Interaction } from "@chatee/shared/interactions";
import { lazy, Suspense } from "react";

const QuestionCard = lazy(async () => ({ default: (await import("./question-card.tsx")).QuestionCard }));

/** A question, whose code is fetched when the first one is asked. */
export function LateQuestion({ interaction }: { interaction: Interaction }) {
  return (
    <Suspense fallback={null}>
      <QuestionCard interaction={interaction} />
    </Suspense>
  );
}
