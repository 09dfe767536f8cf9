import { useId } from "react";
import type { ReactNode } from "react";
import { classNames } from "../../ui/class-names.ts";
import { hasHalfPrice, prices, senses } from "./config-draft.ts";
import type { Draft, Word } from "./config-draft.ts";
import { strings } from "./llm.strings.ts";

type FieldsProps = { draft: Draft; onChange: (change: Partial<Draft>) => void };

export function Field({
  label,
  isOptional = false,
  isSmall = false,
  children,
}: {
  label: string;
  isOptional?: boolean;
  isSmall?: boolean;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className={isSmall ? "mb-1 block text-[13px] text-muted" : "mb-1.5 block font-medium"}>
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

/** A whole number; whatever else is typed is left out. */
function CountInput(props: {
  id: string;
  className?: string;
  placeholder: string;
  value: string;
  onChange: (digits: string) => void;
}) {
  return (
    <input
      id={props.id}
      className={classNames("field tabular-nums", props.className)}
      inputMode="numeric"
      placeholder={props.placeholder}
      value={props.value}
      onChange={(event) => props.onChange(event.target.value.replaceAll(/\D/g, ""))}
    />
  );
}

/** What most people never touch. */
export function MoreFields({ draft, onChange }: FieldsProps) {
  return (
    <>
      <Field label={`${strings.maxTokens} (${strings.maxTokensUnit})`} isOptional>
        {(id) => (
          <CountInput
            id={id}
            className="max-w-60"
            placeholder={strings.maxTokensPlaceholder}
            value={draft.maxTokens}
            onChange={(maxTokens) => onChange({ maxTokens })}
          />
        )}
      </Field>
      <AbilityFields draft={draft} onChange={onChange} />
      <PriceFields draft={draft} onChange={onChange} />
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

/** For models that nobody knows, and servers that were started with other limits. */
function AbilityFields({ draft, onChange }: FieldsProps) {
  const { says } = draft;
  return (
    <fieldset>
      <legend className="mb-0.5 font-medium">{strings.abilities}</legend>
      <p className="mb-2.5 text-[13px] text-muted">{strings.abilitiesHint}</p>
      <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
        <Field label={strings.context} isSmall>
          {(id) => (
            <CountInput
              id={id}
              placeholder={strings.asKnown}
              value={draft.contextWindow}
              onChange={(contextWindow) => onChange({ contextWindow })}
            />
          )}
        </Field>
        {senses.map((sense) => (
          <Field key={sense} label={strings[sense]} isSmall>
            {(id) => (
              <select
                id={id}
                className="field"
                value={says[sense]}
                onChange={(event) => onChange({ says: { ...says, [sense]: event.target.value as Word } })}
              >
                <option value="">{strings.asKnown}</option>
                <option value="yes">{strings.yes}</option>
                <option value="no">{strings.no}</option>
              </select>
            )}
          </Field>
        ))}
      </div>
    </fieldset>
  );
}

function PriceFields({ draft, onChange }: FieldsProps) {
  const { price } = draft;
  return (
    <fieldset>
      <legend className="mb-0.5 font-medium">{strings.price}</legend>
      <p className="mb-2.5 text-[13px] text-muted">{strings.priceHint}</p>
      <div className="grid grid-cols-3 gap-3">
        {prices.map((one) => (
          <Field key={one} label={strings.prices[one]} isSmall>
            {(id) => (
              <input
                id={id}
                className="field tabular-nums"
                inputMode="decimal"
                value={price[one]}
                onChange={(event) =>
                  onChange({
                    price: { ...price, [one]: event.target.value.replace(",", ".").replaceAll(/[^\d.]/g, "") },
                  })
                }
              />
            )}
          </Field>
        ))}
      </div>
      {hasHalfPrice(draft) && <p className="mt-2 text-[13px] text-danger">{strings.priceHalf}</p>}
    </fieldset>
  );
}
