import type { LlmConfig } from "@chatee/shared/llm";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, Settings2 } from "lucide-react";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
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
      trigger={(trigger) => (
        <button
          {...trigger}
          type="button"
          title={strings.chooseModel}
          className="flex h-8 max-w-full items-center gap-1.5 rounded-lg px-2 text-[13px] font-medium text-muted hover:bg-hover hover:text-ink"
        >
          <span className="truncate">{chosen?.name ?? strings.noModel}</span>
          <ChevronDown aria-hidden className="size-3.5 shrink-0" />
        </button>
      )}
    >
      {configs
        .filter(({ enabled }) => enabled)
        .map((config) => (
          <MenuItem
            key={config.configId}
            checked={config.configId === chosen?.configId}
            hint={`${strings.providers[config.provider]} · ${config.model}`}
            onSelect={() => onChoose(config.configId)}
          >
            {config.name}
          </MenuItem>
        ))}
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
