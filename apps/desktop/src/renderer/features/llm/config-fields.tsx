import { useId } from "react";
import type { ReactNode } from "react";
import type { Draft } from "./config-draft.ts";
import { strings } from "./llm.strings.ts";

type FieldsProps = { draft: Draft; onChange: (change: Partial<Draft>) => void };

export function Field({
  label,
  isOptional = false,
  children,
}: {
  label: string;
  isOptional?: boolean;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium">
        {label}
        {isOptional && <span className="ml-1.5 text-[13px] font-normal text-faint">{strings.optional}</span>}
      </label>
      {children(id)}
    </div>
  );
}

export function UrlField({ draft, onChange }: FieldsProps) {
  const isNeeded = draft.provider === "openai-compatible";
  const placeholder = isNeeded
    ? strings.apiUrlRequired
    : draft.provider === "ollama"
      ? "http://127.0.0.1:11434"
      : strings.apiUrlDefault;
  return (
    <Field label={strings.apiUrl} isOptional={!isNeeded}>
      {(id) => (
        <input
          id={id}
          className="field font-mono"
          inputMode="url"
          spellCheck={false}
          placeholder={placeholder}
          value={draft.apiUrl}
          onChange={(event) => onChange({ apiUrl: event.target.value })}
        />
      )}
    </Field>
  );
}

/** What most people never touch. */
export function MoreFields({ draft, onChange }: FieldsProps) {
  return (
    <>
      <Field label={`${strings.maxTokens} (${strings.maxTokensUnit})`} isOptional>
        {(id) => (
          <input
            id={id}
            className="field max-w-60 tabular-nums"
            inputMode="numeric"
            placeholder={strings.maxTokensPlaceholder}
            value={draft.maxTokens}
            onChange={(event) => onChange({ maxTokens: event.target.value.replaceAll(/\D/g, "") })}
          />
        )}
      </Field>
      <Field label={strings.description} isOptional>
        {(id) => (
          <textarea
            id={id}
            rows={2}
            className="field resize-y"
            value={draft.description}
            onChange={(event) => onChange({ description: event.target.value })}
          />
        )}
      </Field>
      <label className="flex items-start gap-2.5">
        <input
          type="checkbox"
          className="mt-0.5 size-4 accent-accent"
          checked={draft.enabled}
          onChange={(event) => onChange({ enabled: event.target.checked })}
        />
        <span>
          <span className="font-medium">{strings.enabled}</span>
          <span className="block text-[13px] text-muted">{strings.enabledHint}</span>
        </span>
      </label>
    </>
  );
}
