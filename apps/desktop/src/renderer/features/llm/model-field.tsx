import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useId, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { toEndpoint } from "./config-draft.ts";
import type { Draft } from "./config-draft.ts";
import { strings } from "./llm.strings.ts";

const maxShown = 60;

type ModelFieldProps = {
  draft: Draft;
  onChange: (model: string) => void;
  configId: string | undefined;
  canAsk: boolean;
};

/** The model's name: free text, with what the provider offers as suggestions. */
export function ModelField({ draft, onChange, configId, canAsk }: ModelFieldProps) {
  const id = useId();
  const trpc = useTRPC();
  const endpoint = toEndpoint(draft, configId);
  // Who is still typing an address or a key has not decided yet where the key goes: asked is who stood there when this
  // field was come to.
  const [asked, setAsked] = useState(endpoint);
  const isSettled = JSON.stringify(asked) === JSON.stringify(endpoint);
  const offered = useQuery(
    trpc.llm.models.queryOptions(asked, {
      enabled: canAsk && isSettled,
      retry: false,
      staleTime: 5 * 60_000,
      gcTime: 0,
      trpc: { abortOnUnmount: true },
    }),
  );
  const [isOpen, setOpen] = useState(false);
  const [filter, setFilter] = useState<string | null>(null);
  const [active, setActive] = useState(-1);
  const list = useRef<HTMLDivElement>(null);

  const words = (filter ?? "").toLowerCase().split(/\s+/);
  const shown = (offered.data?.models ?? [])
    .filter(({ model, name }) => words.every((word) => `${model} ${name ?? ""}`.toLowerCase().includes(word)))
    .slice(0, maxShown);
  const isShown = isOpen && shown.length > 0;

  function choose(model: string): void {
    onChange(model);
    close();
  }
  function close(): void {
    setOpen(false);
    setFilter(null);
    setActive(-1);
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = shown.length === 0 ? -1 : (Math.max(active, step < 0 ? 0 : -1) + step + shown.length) % shown.length;
      setActive(next);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    }
    const picked = shown[active];
    if (event.key === "Enter" && isShown && picked) {
      event.preventDefault();
      choose(picked.model);
    }
    if (event.key === "Escape" && isShown) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  }

  return (
    <div className="relative" onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && close()}>
      <label htmlFor={id} className="mb-1.5 block font-medium">
        {strings.model}
      </label>
      <div className="relative">
        <input
          id={id}
          role="combobox"
          aria-expanded={isShown}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isShown && active >= 0 ? `${id}-${active}` : undefined}
          aria-describedby={`${id}-hint`}
          className="field pr-9! font-mono"
          autoComplete="off"
          spellCheck={false}
          placeholder={strings.modelPlaceholder}
          value={draft.model}
          onFocus={() => {
            setAsked(endpoint);
            setOpen(true);
          }}
          onClick={() => setOpen(true)}
          onChange={(event) => {
            onChange(event.target.value);
            setFilter(event.target.value);
            setActive(-1);
            setOpen(true);
          }}
          onKeyDown={onKeyDown}
        />
        {canAsk && (
          <IconButton
            label={strings.modelsRefresh}
            size="small"
            className="absolute top-[3px] right-[3px]"
            disabled={offered.isFetching}
            onClick={() => (isSettled ? void offered.refetch() : setAsked(endpoint))}
          >
            <RefreshCw className={offered.isFetching ? "animate-[spin_1s_linear_infinite]" : undefined} />
          </IconButton>
        )}
      </div>
      {isShown && (
        <div
          ref={list}
          id={`${id}-list`}
          role="listbox"
          aria-label={strings.model}
          className="absolute inset-x-0 z-10 mt-1 max-h-64 overflow-y-auto rounded-xl bg-raised p-1 shadow-pop"
        >
          {shown.map(({ model, name, capabilities }, index) => (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the focus and takes the keys
            <div
              key={model}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              // Before the blur of the input would close the list.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => choose(model)}
              onPointerMove={() => setActive(index)}
              className={classNames(
                "flex items-baseline gap-3 rounded-lg px-2.5 py-1.5",
                index === active && "bg-hover",
              )}
            >
              <span className="min-w-0 flex-1">
                <span className="block truncate font-mono text-[13px]">{model}</span>
                {name !== null && name !== model && <span className="block truncate text-xs text-muted">{name}</span>}
              </span>
              {capabilities.contextWindowTokens !== null && (
                <span className="shrink-0 text-xs text-faint tabular-nums">
                  {strings.tokens(capabilities.contextWindowTokens)}
                </span>
              )}
            </div>
          ))}
        </div>
      )}
      <p id={`${id}-hint`} role="status" className="mt-1.5 min-h-5 text-[13px] text-muted">
        {offered.isFetching
          ? strings.modelsLoading
          : offered.error
            ? toProblem(offered.error).sentence
            : offered.data &&
              (offered.data.models.length > 0 ? strings.modelsCount(offered.data.models.length) : strings.modelsNone)}
      </p>
    </div>
  );
}
