import type { Interaction } from "@chatee/shared/interactions";
import { ShieldQuestion, TriangleAlert } from "lucide-react";
import { toProblem } from "../../api/problem.ts";
import { useApi } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { toast } from "../../ui/toast.tsx";
import { ToolChanges } from "../mcp/tool-changes.tsx";
import { strings } from "./interactions.strings.ts";
import { QuestionFrame } from "./question-frame.tsx";
import { useAnswer } from "./use-answer.ts";
import { ScrollBox } from "../../ui/scroll-box.tsx";

/** Whether a tool may be called with exactly these arguments, which are shown whole. */
export function ApprovalCard({ interaction }: { interaction: Extract<Interaction, { kind: "approval" }> }) {
  const { request, serverId } = interaction;
  const { client } = useApi();
  const { isAnswered, give } = useAnswer(interaction.interactionId);

  /** A tool that is always asked about is first made one that is not. */
  async function allowAlways(): Promise<void> {
    try {
      if (request.reason === "always" && serverId !== null)
        await client.mcp.toolPolicy.mutate({ serverId, name: request.toolName, policy: "allow" });
      give({ decision: "allow", remember: true });
    } catch (error) {
      toast(toProblem(error).sentence);
    }
  }

  return (
    <QuestionFrame
      label={`${strings.wantsToRun(request.serverName)} ${request.toolName}`}
      icon={<ShieldQuestion aria-hidden />}
      actions={
        <>
          <Button
            size="small"
            look="primary"
            disabled={isAnswered}
            onClick={() => give({ decision: "allow", remember: false })}
          >
            {strings.allowOnce}
          </Button>
          <Button size="small" disabled={isAnswered} onClick={() => void allowAlways()}>
            {strings.allowAlways}
          </Button>
          <Button
            size="small"
            look="danger"
            disabled={isAnswered}
            onClick={() => give({ decision: "deny", remember: false })}
          >
            {strings.deny}
          </Button>
        </>
      }
    >
      <p>
        {strings.wantsToRun(request.serverName)} <span className="font-mono font-medium">{request.toolName}</span>
      </p>
      <p className="text-[13px] text-muted">
        {strings.reasons[request.reason]} {request.readOnlyHint && strings.readOnly}
      </p>
      {request.description && (
        <ScrollBox
          as="p"
          className="mt-1.5 max-h-24 overflow-y-auto text-[13px] [overflow-wrap:anywhere] whitespace-pre-wrap text-muted"
        >
          {request.description}
        </ScrollBox>
      )}
      {request.hiddenIn.length > 0 && (
        <p className="mt-1.5 flex items-center gap-2 text-[13px] text-warn">
          <TriangleAlert aria-hidden className="size-4 shrink-0" />
          {strings.hidden(request.hiddenIn.join(", "))}
        </p>
      )}
      {request.changes.length > 0 && (
        <section aria-label={strings.changes} className="mt-2.5">
          <p className="mb-1 text-xs text-muted">{strings.changes}</p>
          <ToolChanges changes={request.changes} />
        </section>
      )}
      <section aria-label={strings.arguments} className="mt-2.5">
        <p className="mb-1 text-xs text-muted">{strings.arguments}</p>
        <ScrollBox
          as="pre"
          className="max-h-80 overflow-auto rounded-lg bg-sunken px-2.5 py-2 font-mono text-[13px] [overflow-wrap:anywhere] whitespace-pre-wrap"
        >
          {typeof request.arguments === "string" ? request.arguments : JSON.stringify(request.arguments, null, 2)}
        </ScrollBox>
      </section>
    </QuestionFrame>
  );
}
