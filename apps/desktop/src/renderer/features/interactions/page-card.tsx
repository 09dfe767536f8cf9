import type { Interaction } from "@chatee/shared/interactions";
import { ExternalLink, Globe } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { isWebAddress } from "../mcp/web-address.ts";
import { strings } from "./interactions.strings.ts";
import { QuestionFrame } from "./question-frame.tsx";
import { useAnswer } from "./use-answer.ts";

/** A page that a server wants opened: its address is shown whole, and opened only by a click, in a tab that knows nothing of this one. */
export function PageCard({ interaction }: { interaction: Extract<Interaction, { kind: "elicitation_url" }> }) {
  const { serverName, message, url } = interaction.request;
  const { isAnswered, give } = useAnswer(interaction.interactionId);
  const isPage = isWebAddress(url);
  return (
    <QuestionFrame
      label={strings.wantsPage(serverName)}
      icon={<Globe aria-hidden />}
      actions={
        <>
          {isPage && (
            <Button
              size="small"
              look="primary"
              disabled={isAnswered}
              onClick={() => {
                window.open(url, "_blank", "noopener,noreferrer");
                give({ action: "accept" });
              }}
            >
              <ExternalLink aria-hidden className="size-3.5" />
              {strings.open}
            </Button>
          )}
          <Button size="small" disabled={isAnswered} onClick={() => give({ action: "decline" })}>
            {strings.decline}
          </Button>
        </>
      }
    >
      <p>{strings.wantsPage(serverName)}</p>
      <p className="mt-0.5 [overflow-wrap:anywhere] whitespace-pre-wrap">{message}</p>
      <p className="mt-2 rounded-lg bg-sunken px-2.5 py-2 font-mono text-[13px] [overflow-wrap:anywhere]">{url}</p>
      <p className="mt-1.5 text-[13px] text-muted">{isPage ? strings.openHint(new URL(url).host) : strings.notAPage}</p>
    </QuestionFrame>
  );
}
