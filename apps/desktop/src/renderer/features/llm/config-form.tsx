import type { LlmConfig, ProviderId } from "@chatee/shared/llm";
import { providerIds } from "@chatee/shared/llm";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { newId } from "../../api/new-id.ts";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { rememberChoice } from "./config-choice.ts";
import {
  asksForKey,
  isComplete,
  needsKey,
  needsUrl,
  savedKeyOf,
  toCreate,
  toDraft,
  toEndpoint,
  toUpdate,
} from "./config-draft.ts";
import type { Draft } from "./config-draft.ts";
import { Field, MoreFields, UrlField } from "./config-fields.tsx";
import { ConfigTest } from "./config-test.tsx";
import { KeyField } from "./key-field.tsx";
import { strings } from "./llm.strings.ts";
import { ModelField } from "./model-field.tsx";

/** Makes a config (`null`) or changes one. */
export function ConfigForm({ config, onDone }: { config: LlmConfig | null; onDone: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(() => toDraft(config));
  // Minted once, so that saving again after a lost answer meets the first one.
  const [createdId] = useState(newId);
  const change = (fields: Partial<Draft>) => setDraft((before) => ({ ...before, ...fields }));

  async function onSuccess(saved: LlmConfig): Promise<void> {
    if (saved.enabled && config === null) rememberChoice(saved.configId);
    await queryClient.invalidateQueries(trpc.llm.pathFilter());
    onDone();
  }
  const create = useMutation(trpc.llm.create.mutationOptions({ onSuccess }));
  const update = useMutation(trpc.llm.update.mutationOptions({ onSuccess }));
  const isSaving = create.isPending || update.isPending;
  const error = create.error ?? update.error;
  const save = () =>
    config ? update.mutate(toUpdate(draft, config.configId)) : create.mutate(toCreate(draft, createdId));

  const saved = savedKeyOf(draft, config);
  const isKept = saved?.state === "kept";
  const isKeyMissing = asksForKey(draft, saved);
  const keyId = isKept ? saved.configId : undefined;
  const endpoint = toEndpoint(draft, keyId);
  const hasKey = draft.apiKey.trim() !== "" || (isKept && !draft.clearsKey);
  const isUrlUsual = draft.provider === "ollama" || draft.provider === "openai-compatible";
  const [hasMore] = useState(
    config !== null &&
      (config.maxTokens !== null || !config.enabled || !!config.description || toDraft(config).price.input !== ""),
  );
  const canAsk =
    !isKeyMissing &&
    (needsKey[draft.provider] !== "yes" || hasKey) &&
    (needsUrl[draft.provider] !== "yes" || URL.canParse(draft.apiUrl));

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete(draft) && !isKeyMissing && !isSaving) save();
      }}
    >
      <button
        type="button"
        onClick={onDone}
        className="-ml-2 mb-3 inline-flex h-8 items-center gap-1.5 rounded-lg px-2 text-muted hover:bg-hover hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-4" /> {strings.back}
      </button>
      <h2 className="mb-5 text-[17px] font-semibold">{config ? strings.editConfig(config.name) : strings.newConfig}</h2>
      <div className="space-y-5">
        <ProviderChoice chosen={draft.provider} onChoose={(provider) => change({ provider, model: "" })} />
        {isUrlUsual && <UrlField draft={draft} onChange={change} />}
        {needsKey[draft.provider] !== "no" && <KeyField draft={draft} onChange={change} saved={saved} />}
        {needsKey[draft.provider] === "no" && saved && <p className="text-muted">{strings.keyWillClear}</p>}
        <ModelField draft={draft} configId={keyId} canAsk={canAsk} onChange={(model) => change({ model })} />
        <Field label={strings.name}>
          {(id) => (
            <input
              id={id}
              className="field"
              maxLength={200}
              placeholder={draft.model || strings.namePlaceholder}
              value={draft.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        <details className="group/more" open={hasMore || undefined}>
          <summary className="-ml-2 inline-flex h-8 list-none items-center gap-1.5 rounded-lg px-2 text-muted hover:bg-hover hover:text-ink">
            <ChevronRight aria-hidden className="size-4 transition-transform group-open/more:rotate-90" />
            {strings.more}
          </summary>
          <div className="mt-4 space-y-5">
            {!isUrlUsual && needsUrl[draft.provider] !== "no" && <UrlField draft={draft} onChange={change} />}
            <MoreFields draft={draft} onChange={change} />
          </div>
        </details>
        <div className="border-t border-line pt-4">
          {isComplete(draft) && !isKeyMissing && (
            <ConfigTest input={{ ...endpoint, model: draft.model.trim() }} className="mb-4" />
          )}
          {error && (
            <p role="alert" className="mb-3 text-danger">
              {toProblem(error).sentence}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <Button look="quiet" onClick={onDone}>
              {strings.cancel}
            </Button>
            <Button type="submit" look="primary" busy={isSaving} disabled={!isComplete(draft)}>
              {strings.save}
            </Button>
          </div>
        </div>
      </div>
    </form>
  );
}

function ProviderChoice({ chosen, onChoose }: { chosen: ProviderId; onChoose: (provider: ProviderId) => void }) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">{strings.provider}</legend>
      <div className="grid grid-cols-2 gap-2 md:grid-cols-3">
        {providerIds.map((provider) => (
          <label
            key={provider}
            className={classNames(
              "cursor-pointer rounded-xl border px-3 py-2.5 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              provider === chosen ? "border-accent bg-accent-soft" : "border-line-strong bg-raised hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={provider === chosen}
              onChange={() => onChoose(provider)}
            />
            <span className="block font-medium">{strings.providers[provider]}</span>
            <span className="hidden text-[12.5px] leading-snug text-muted sm:block">
              {strings.providerHints[provider]}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
