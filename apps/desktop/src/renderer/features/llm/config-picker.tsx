import { Popover } from "@base-ui/react/popover";
import type { LlmConfig } from "@chatee/shared/llm";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { strings } from "./llm.strings.ts";

const ConfigList = lazy(async () => ({ default: (await import("./config-list.tsx")).ConfigList }));

/** Which config answers next. */
export function ConfigPicker(props: {
  configs: readonly LlmConfig[];
  chosen: LlmConfig | undefined;
  onChoose: (configId: string) => void;
}) {
  const { configs, chosen, onChoose } = props;
  const [isOpen, setIsOpen] = useState(false);
  const navigate = useNavigate();
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger
        title={strings.chooseModel}
        className="flex h-8 max-w-full items-center gap-1.5 rounded-lg px-2 text-[13px] font-medium text-muted hover:bg-hover hover:text-ink"
      >
        <span className="truncate">{chosen?.name ?? strings.noModel}</span>
        <ChevronDown aria-hidden className="size-3.5 shrink-0" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="start" side="top" sideOffset={6} collisionPadding={8} className="z-40">
          <Popover.Popup
            aria-label={strings.chooseModel}
            className="appear w-80 max-w-[calc(100vw-16px)] overflow-hidden rounded-xl bg-raised text-ink shadow-pop outline-none"
          >
            <Suspense fallback={null}>
              <ConfigList
                configs={configs.filter(({ enabled }) => enabled)}
                chosen={chosen}
                onChoose={(configId) => {
                  setIsOpen(false);
                  onChoose(configId);
                }}
                onManage={() => void navigate({ to: "/settings/$screen", params: { screen: "models" } })}
              />
            </Suspense>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
