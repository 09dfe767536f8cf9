import type { LlmConfig } from "@chatee/shared/llm";
import { Command } from "cmdk";
import { Check, Search, Settings2 } from "lucide-react";
import { useState } from "react";
import { Highlighted } from "../../ui/highlighted.tsx";
import { strings } from "./llm.strings.ts";

const itemLook =
  "flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 data-[selected=true]:bg-hover [&>svg]:size-4 [&>svg]:shrink-0";

/** The configs one can choose from, found by any words of their name, provider or model. */
export function ConfigList(props: {
  configs: readonly LlmConfig[];
  chosen: LlmConfig | undefined;
  onChoose: (configId: string) => void;
  onManage: () => void;
}) {
  const { configs, chosen, onChoose, onManage } = props;
  const [typed, setTyped] = useState("");
  const words = typed.toLowerCase().trim().split(/\s+/);
  const found = configs
    .map(({ configId, name, provider, model }) => ({
      configId,
      name,
      hint: `${strings.providers[provider]} · ${model}`,
    }))
    .filter(({ name, hint }) => {
      const text = `${name} ${hint}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  return (
    <Command shouldFilter={false} loop label={strings.chooseModel} {...(chosen && { defaultValue: chosen.configId })}>
      <div className="flex h-10 items-center gap-2.5 border-b border-line px-3">
        <Search aria-hidden className="size-4 shrink-0 text-faint" />
        <Command.Input
          autoFocus
          value={typed}
          onValueChange={setTyped}
          placeholder={strings.findModel}
          className="h-full min-w-0 flex-1 bg-transparent outline-none placeholder:text-faint"
        />
      </div>
      <Command.List className="max-h-[min(340px,calc(var(--available-height)-90px))] overflow-y-auto p-1">
        {found.length === 0 && <p className="px-2.5 py-4 text-center text-muted">{strings.modelNotFound(typed)}</p>}
        {found.map(({ configId, name, hint }) => (
          <Command.Item key={configId} value={configId} onSelect={() => onChoose(configId)} className={itemLook}>
            <span className="min-w-0 flex-1">
              <span className="block truncate">
                <Highlighted text={name} query={typed} />
              </span>
              <span className="block truncate text-xs text-muted">
                <Highlighted text={hint} query={typed} />
              </span>
            </span>
            {configId === chosen?.configId && (
              <>
                <span className="sr-only">{strings.isChosen}</span>
                <Check aria-hidden className="text-accent" />
              </>
            )}
          </Command.Item>
        ))}
        <Command.Separator alwaysRender className="mx-2 my-1 h-px bg-line" />
        <Command.Item value="manage" onSelect={onManage} className={itemLook}>
          <Settings2 aria-hidden className="text-muted" />
          {strings.manage}
        </Command.Item>
      </Command.List>
    </Command>
  );
}
