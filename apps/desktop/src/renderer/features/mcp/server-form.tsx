import type { McpServer, McpServerType } from "@chatee/shared/mcp";
import { mcpServerTypes } from "@chatee/shared/mcp";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useId, useState } from "react";
import type { ReactNode } from "react";
import { newId } from "../../api/new-id.ts";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { strings } from "./mcp.strings.ts";
import { PairFields } from "./pair-fields.tsx";
import { asksForHeaders, isComplete, isElsewhere, toCreate, toDraft, toUpdate } from "./server-draft.ts";
import type { ServerDraft } from "./server-draft.ts";
import { hostOf } from "./web-address.ts";

/** Registers a server (`null`) or changes one. */
export function ServerForm({ server, onDone }: { server: McpServer | null; onDone: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(() => toDraft(server));
  // Minted once, so that saving again after a lost answer meets the first one.
  const [createdId] = useState(newId);
  const change = (fields: Partial<ServerDraft>) => setDraft((before) => ({ ...before, ...fields }));

  async function onSuccess(): Promise<void> {
    await queryClient.invalidateQueries(trpc.mcp.pathFilter());
    onDone();
  }
  const create = useMutation(trpc.mcp.create.mutationOptions({ onSuccess }));
  const update = useMutation(trpc.mcp.update.mutationOptions({ onSuccess }));
  const isSaving = create.isPending || update.isPending;
  const error = create.error ?? update.error;
  const save = () => (server ? update.mutate(toUpdate(draft, server)) : create.mutate(toCreate(draft, createdId)));

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete(draft) && !asksForHeaders(draft, server) && !isSaving) save();
      }}
    >
      <button
        type="button"
        onClick={onDone}
        className="-ml-2 mb-3 inline-flex h-8 items-center gap-1.5 rounded-lg px-2 text-muted hover:bg-hover hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-4" /> {strings.back}
      </button>
      <h2 className="mb-5 text-[17px] font-semibold">{server ? strings.editServer(server.name) : strings.newServer}</h2>
      <div className="space-y-5">
        <KindChoice chosen={draft.type} onChoose={(type) => change({ type })} />
        <TextField
          label={strings.name}
          maxLength={200}
          placeholder={strings.namePlaceholder}
          value={draft.name}
          onText={(name) => change({ name })}
        />
        {draft.type === "stdio" ? (
          <ProgramFields draft={draft} onChange={change} />
        ) : (
          <>
            <TextField
              isCode
              label={strings.url}
              placeholder="https://…/mcp"
              value={draft.url}
              onText={(url) => change({ url })}
            />
            <PairFields
              label={strings.headers}
              pairs={draft.headers}
              onChange={(headers) => change({ headers })}
              whyAnew={isElsewhere(draft, server) ? strings.headersElsewhere(hostOf(server?.url ?? "")) : null}
            />
          </>
        )}
        <TextField
          isOptional
          label={strings.description}
          value={draft.description}
          onText={(description) => change({ description })}
        />
        <Check
          label={strings.allowReadOnly}
          hint={strings.allowReadOnlyHint}
          checked={draft.allowReadOnly}
          onCheck={(allowReadOnly) => change({ allowReadOnly })}
        />
        <Check
          label={strings.enabled}
          hint={strings.enabledHint}
          checked={draft.enabled}
          onCheck={(enabled) => change({ enabled })}
        />
        <div className="border-t border-line pt-4">
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

function ProgramFields({ draft, onChange }: { draft: ServerDraft; onChange: (fields: Partial<ServerDraft>) => void }) {
  const argsId = useId();
  return (
    <>
      <TextField
        isCode
        label={strings.command}
        placeholder="npx"
        value={draft.command}
        onText={(command) => onChange({ command })}
      />
      <Labelled id={argsId} label={strings.args} isOptional>
        <textarea
          id={argsId}
          rows={3}
          spellCheck={false}
          className="field resize-y font-mono"
          value={draft.args.join("\n")}
          onChange={(event) => onChange({ args: event.target.value.split("\n") })}
        />
        <p className="mt-1 text-[13px] text-faint">{strings.argsHint}</p>
      </Labelled>
      <PairFields label={strings.env} pairs={draft.env} onChange={(env) => onChange({ env })} />
      <TextField
        isCode
        isOptional
        label={strings.cwd}
        placeholder={strings.cwdPlaceholder}
        value={draft.cwd}
        onText={(cwd) => onChange({ cwd })}
      />
    </>
  );
}

function Labelled(props: { id: string; label: string; isOptional?: boolean; children: ReactNode }) {
  return (
    <div>
      <label htmlFor={props.id} className="mb-1.5 block font-medium">
        {props.label}
        {props.isOptional && <span className="ml-1.5 text-[13px] font-normal text-faint">{strings.optional}</span>}
      </label>
      {props.children}
    </div>
  );
}

function TextField(props: {
  label: string;
  value: string;
  onText: (text: string) => void;
  placeholder?: string;
  maxLength?: number;
  isOptional?: boolean;
  isCode?: boolean;
}) {
  const id = useId();
  return (
    <Labelled id={id} label={props.label} isOptional={props.isOptional ?? false}>
      <input
        id={id}
        className={classNames("field", props.isCode && "font-mono")}
        spellCheck={!props.isCode}
        maxLength={props.maxLength}
        placeholder={props.placeholder}
        value={props.value}
        onChange={(event) => props.onText(event.target.value)}
      />
    </Labelled>
  );
}

function Check(props: { label: string; hint: string; checked: boolean; onCheck: (checked: boolean) => void }) {
  return (
    <label className="flex items-start gap-2.5">
      <input
        type="checkbox"
        className="mt-0.5 size-4 accent-accent"
        checked={props.checked}
        onChange={(event) => props.onCheck(event.target.checked)}
      />
      <span>
        <span className="font-medium">{props.label}</span>
        <span className="block text-[13px] text-muted">{props.hint}</span>
      </span>
    </label>
  );
}

function KindChoice({ chosen, onChoose }: { chosen: McpServerType; onChoose: (type: McpServerType) => void }) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">{strings.kind}</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {mcpServerTypes.map((type) => (
          <label
            key={type}
            className={classNames(
              "cursor-pointer rounded-xl border px-3 py-2.5 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              type === chosen ? "border-accent bg-accent-soft" : "border-line-strong bg-raised hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={type === chosen}
              onChange={() => onChoose(type)}
            />
            <span className="block font-medium">{strings.kinds[type]}</span>
            <span className="block text-[12.5px] leading-snug text-muted">{strings.kindHints[type]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
