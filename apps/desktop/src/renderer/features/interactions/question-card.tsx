import type { Interaction } from "@chatee/shared/interactions";
import { ApprovalCard } from "./approval-card.tsx";
import { FormCard } from "./form-card.tsx";
import { PageCard } from "./page-card.tsx";

/** A question with its ways to answer it. */
export function QuestionCard({ interaction }: { interaction: Interaction }) {
  switch (interaction.kind) {
    case "approval":
      return <ApprovalCard interaction={interaction} />;
    case "elicitation_form":
      return <FormCard interaction={interaction} />;
    case "elicitation_url":
      return <PageCard interaction={interaction} />;
  }
}
