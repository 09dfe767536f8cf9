import type { LlmConfig } from "@chatee/shared/llm";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, Settings2 } from "lucide-react";
import { Menu, MenuChoices, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { strings } from "./llm.strings.ts";

/** Which config answers next. */
export function ConfigPicker(props: {
  configs: readonly LlmConfig[];
  chosen: LlmConfig | undefined;
  onChoose: (configId: string) => void;
}) {
  const { configs, chosen, onChoose } = props;
  const navigate = useNavigate();
  return (
    <Menu
      label={strings.chooseModel}
      className="w-72"
      trigger={
        <button
          type="button"
          title={strings.chooseModel}
          className="flex h-8 max-w-full items-center gap-1.5 rounded-lg px-2 text-[13px] font-medium text-muted hover:bg-hover hover:text-ink"
        >
          <span className="truncate">{chosen?.name ?? strings.noModel}</span>
          <ChevronDown aria-hidden className="size-3.5 shrink-0" />
        </button>
      }
    >
      <MenuChoices
        options={configs
          .filter(({ enabled }) => enabled)
          .map(({ configId, name, provider, model }) => ({
            value: configId,
            label: name,
            hint: `${strings.providers[provider]} · ${model}`,
          }))}
        chosen={chosen?.configId}
        onChoose={onChoose}
      />
      <MenuSeparator />
      <MenuItem
        icon={<Settings2 />}
        onSelect={() => void navigate({ to: "/settings/$screen", params: { screen: "models" } })}
      >
        {strings.manage}
      </MenuItem>
    </Menu>
  );
}
