import type { McpServer } from "@chatee/shared/mcp";
import { useQueries } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { fileSize } from "../files/file-size.ts";
import type { Insertion } from "../messages/insertion.ts";
import { takePrompt, takeResource } from "./offer-content.ts";
import { OfferList } from "./offer-list.tsx";
import { readPrompts, readResources } from "./offers.ts";
import type { Prompt, Resource } from "./offers.ts";
import { strings } from "./offers.strings.ts";
import { PromptForm } from "./prompt-form.tsx";
import { useTaking } from "./use-taking.ts";

type OfferDialogProps = {
  /** Those that are attached to the chat. */
  servers: readonly McpServer[];
  onInsert: (insertion: Insertion) => void;
  onClose: () => void;
};

/** Nobody tells of changes of these lists: each look asks. */
const fresh = { retry: false, staleTime: 0 };

/** Prompts or resources of servers, to be put into the message that is being written. */
export function OfferDialog({ kind, ...props }: OfferDialogProps & { kind: "prompts" | "resources" }) {
  return kind === "prompts" ? <PromptDialog {...props} /> : <ResourceDialog {...props} />;
}

/** What was chosen goes into the message; so does the focus, also when nothing was. */
function toComposer(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-composer] textarea");
}

function PromptDialog({ servers, onInsert, onClose }: OfferDialogProps) {
  const trpc = useTRPC();
  const { client } = useApi();
  const taking = useTaking({ onInsert, onClose });
  /** One that wants to know something first. */
  const [asking, setAsking] = useState<{ serverId: string; prompt: Prompt } | null>(null);
  const formId = useId();
  const lists = useQueries({
    queries: servers.map(({ serverId }) => trpc.mcp.prompts.queryOptions({ serverId }, fresh)),
  });

  function take(serverId: string, { name }: Prompt, given: Record<string, string>): void {
    taking.take(async () => {
      const { prompt } = await client.mcp.getPrompt.query({ serverId, name, arguments: given });
      return takePrompt(name, prompt, strings.speakers);
    });
  }
  function back(): void {
    taking.reset();
    setAsking(null);
  }
  return (
    <Dialog
      title={asking ? (asking.prompt.title ?? asking.prompt.name) : strings.insertPrompt}
      wide
      onClose={onClose}
      focusAfter={toComposer}
      actions={
        asking && (
          <>
            <Button look="quiet" onClick={back}>
              {strings.back}
            </Button>
            <Button look="primary" type="submit" form={formId} busy={taking.isBusy}>
              {strings.insert}
            </Button>
          </>
        )
      }
    >
      {asking ? (
        <PromptForm
          formId={formId}
          prompt={asking.prompt}
          problem={taking.problem}
          onGiven={(given) => {
            if (!taking.isBusy) take(asking.serverId, asking.prompt, given);
          }}
        />
      ) : (
        <OfferList
          groups={servers.flatMap((server, index) => {
            const list = lists[index];
            return list ? [{ ...list, server, offers: readPrompts(list.data?.prompts ?? []).map(toPromptOffer) }] : [];
          })}
          label={strings.searchPrompts}
          noneOf={(server) => strings.offersNoPrompts(server)}
          isBusy={taking.isBusy}
          problem={taking.problem}
          onChoose={(prompt, { serverId }) => {
            taking.reset();
            if (prompt.args.length > 0) setAsking({ serverId, prompt });
            else take(serverId, prompt, {});
          }}
        />
      )}
    </Dialog>
  );
}

function toPromptOffer(prompt: Prompt) {
  const { name, title, description, args } = prompt;
  const detail = [title === null ? null : name, args.map((arg) => arg.label).join(", ")].filter(Boolean).join(" · ");
  return { item: prompt, label: title ?? name, description, detail };
}

function ResourceDialog({ servers, onInsert, onClose }: OfferDialogProps) {
  const trpc = useTRPC();
  const { client } = useApi();
  const taking = useTaking({ onInsert, onClose });
  const lists = useQueries({
    queries: servers.map(({ serverId }) => trpc.mcp.resources.queryOptions({ serverId }, fresh)),
  });
  return (
    <Dialog title={strings.addResource} wide onClose={onClose} focusAfter={toComposer}>
      <OfferList
        groups={servers.flatMap((server, index) => {
          const list = lists[index];
          const offers = readResources(list?.data?.resources ?? []).map(toResourceOffer);
          return list ? [{ ...list, server, offers }] : [];
        })}
        label={strings.searchResources}
        noneOf={(server) => strings.offersNoResources(server)}
        isBusy={taking.isBusy}
        problem={taking.problem}
        onChoose={({ name, uri }, { serverId }) =>
          taking.take(async () => {
            const { contents } = await client.mcp.readResource.query({ serverId, uri });
            return takeResource(name, contents);
          })
        }
      />
    </Dialog>
  );
}

function toResourceOffer(resource: Resource) {
  const { uri, name, title, description, mimeType, sizeBytes } = resource;
  const detail = [uri, mimeType, sizeBytes === null ? null : fileSize(sizeBytes)].filter(Boolean).join(" · ");
  return { item: resource, label: title ?? name, description, detail };
}
