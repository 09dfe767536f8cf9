import { Plus, X } from "lucide-react";
import { IconButton } from "../../ui/button.tsx";
import { strings } from "./mcp.strings.ts";
import { isSaved, newPair } from "./server-draft.ts";
import type { Pair } from "./server-draft.ts";

type PairFieldsProps = {
  label: string;
  pairs: readonly Pair[];
  onChange: (pairs: Pair[]) => void;
  /** Why saved values cannot stay; they are asked for again. */
  whyAnew?: string | null;
};

/** Names with values, line by line. */
export function PairFields({ label, pairs, onChange, whyAnew = null }: PairFieldsProps) {
  const change = (key: number, fields: Partial<Pair>) =>
    onChange(pairs.map((pair) => (pair.key === key ? { ...pair, ...fields } : pair)));
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">
        {label}
        <span className="ml-1.5 text-[13px] font-normal text-faint">{strings.optional}</span>
      </legend>
      <div className="space-y-2">
        {pairs.map(({ key, name, value }) => {
          const isAsked = whyAnew !== null && isSaved({ key, name, value });
          return (
            <div key={key} className="flex gap-2">
              <input
                className="field w-2/5! font-mono"
                aria-label={`${label}: ${strings.pairName}`}
                placeholder={strings.pairName}
                spellCheck={false}
                autoComplete="off"
                value={name}
                onChange={(event) => change(key, { name: event.target.value })}
              />
              <input
                className="field font-mono"
                aria-label={`${label}: ${strings.pairValue}`}
                placeholder={strings.pairValue}
                spellCheck={false}
                autoComplete="off"
                required={isAsked}
                value={isAsked ? "" : value}
                onChange={(event) => change(key, { value: event.target.value })}
              />
              <IconButton
                label={strings.pairRemove(name)}
                onClick={() => onChange(pairs.filter((pair) => pair.key !== key))}
              >
                <X />
              </IconButton>
            </div>
          );
        })}
      </div>
      {whyAnew !== null && pairs.some(isSaved) && (
        <p role="status" className="mt-1.5 text-[13px]">
          {whyAnew}
        </p>
      )}
      <div className="mt-1 flex flex-wrap items-center gap-x-3">
        <button
          type="button"
          onClick={() => onChange([...pairs, newPair()])}
          className="-ml-2 inline-flex h-8 items-center gap-1.5 rounded-lg px-2 text-[13px] text-muted hover:bg-hover hover:text-ink"
        >
          <Plus aria-hidden className="size-3.5" /> {strings.pairAdd}
        </button>
        {pairs.length > 0 && <span className="text-[13px] text-faint">{strings.secretHint}</span>}
      </div>
    </fieldset>
  );
}
