import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "../../api/trpc.tsx";
import { fileSize } from "../files/file-size.ts";
import { Listed } from "./listed.tsx";
import { readPrompts, readResources } from "./offers.ts";
import type { Prompt, Resource } from "./offers.ts";
import { strings } from "./offers.strings.ts";
import { Unfold } from "./unfold.tsx";

/** What a server offers beside its tools. It is asked when a list is opened. */
export function ServerOffers({ serverId }: { serverId: string }) {
  return (
    <>
      <Unfold title={strings.prompts}>
        <Prompts serverId={serverId} />
      </Unfold>
      <Unfold title={strings.resources}>
        <Resources serverId={serverId} />
      </Unfold>
    </>
  );
}

/** Nobody tells of changes of these lists: each look asks. */
const fresh = { retry: false, staleTime: 0 };

function Prompts({ serverId }: { serverId: string }) {
  const trpc = useTRPC();
  const list = useQuery(trpc.mcp.prompts.queryOptions({ serverId }, fresh));
  return (
    <Listed list={list} label={strings.prompts} loading={strings.promptsLoading} none={strings.promptsNone}>
      {readPrompts(list.data?.prompts ?? []).map((prompt) => (
        <li key={prompt.name} className="px-3 py-2">
          <PromptLines prompt={prompt} />
        </li>
      ))}
    </Listed>
  );
}

function Resources({ serverId }: { serverId: string }) {
  const trpc = useTRPC();
  const list = useQuery(trpc.mcp.resources.queryOptions({ serverId }, fresh));
  const { resources = [], resourceTemplates = [] } = list.data ?? {};
  return (
    <Listed list={list} label={strings.resources} loading={strings.resourcesLoading} none={strings.resourcesNone}>
      {[
        ...readResources(resources).map((resource) => (
          <li key={`resource ${resource.uri}`} className="px-3 py-2">
            <ResourceLines resource={resource} />
          </li>
        )),
        ...readResources(resourceTemplates, "uriTemplate").map((template) => (
          <li key={`template ${template.uri}`} className="px-3 py-2">
            <ResourceLines resource={template} isTemplate />
          </li>
        )),
      ]}
    </Listed>
  );
}

function PromptLines({ prompt: { name, title, description, args } }: { prompt: Prompt }) {
  return (
    <>
      <Names name={name} title={title} />
      <Claim text={description} />
      {args.length > 0 && (
        <dl className="mt-1 space-y-0.5 text-[13px] [overflow-wrap:anywhere]">
          {args.map((arg) => (
            <div key={arg.name} className="flex flex-wrap gap-x-2">
              <dt className="font-mono">{arg.name}</dt>
              <dd className="text-muted">
                {[arg.isRequired ? strings.required : null, arg.description].filter(Boolean).join(" · ")}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function ResourceLines({ resource, isTemplate = false }: { resource: Resource; isTemplate?: boolean }) {
  const { uri, name, title, description, mimeType, sizeBytes } = resource;
  const facts = [isTemplate ? strings.template : null, mimeType, sizeBytes === null ? null : fileSize(sizeBytes)];
  return (
    <>
      <Names name={name} title={title} />
      <p className="text-[13px] [overflow-wrap:anywhere] text-muted">
        <span className="font-mono">{uri}</span>
        {facts.map((fact) => fact && <span key={fact}> · {fact}</span>)}
      </p>
      <Claim text={description} />
    </>
  );
}

function Names({ name, title }: { name: string; title: string | null }) {
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 [overflow-wrap:anywhere]">
      <span className="font-mono text-[13px] font-medium">{name}</span>
      {title !== null && title !== name && <span className="text-[13px] text-muted">{title}</span>}
    </p>
  );
}

function Claim({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <p className="line-clamp-3 text-[13px] [overflow-wrap:anywhere] text-muted" title={strings.claims}>
      {text}
    </p>
  );
}
