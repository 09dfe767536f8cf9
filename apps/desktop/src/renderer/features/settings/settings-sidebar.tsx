import { Link } from "@tanstack/react-router";
import { ArrowLeft, X } from "lucide-react";
import { settingsScreens } from "../../screens.ts";
import { IconButton } from "../../ui/button.tsx";
import { strings } from "./settings.strings.ts";

/** Stands where the sessions are while settings are shown. */
export function SettingsSidebar({ backTo, onClose }: { backTo: string; onClose: (() => void) | null }) {
  const shown = settingsScreens.filter(({ isShown }) => isShown?.() ?? true);
  return (
    <>
      <div className="flex h-12 shrink-0 items-center gap-2 px-2">
        <Link
          to={backTo}
          className="flex h-[34px] flex-1 items-center gap-2.5 rounded-lg px-2.5 text-muted hover:bg-hover hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-4" />
          {strings.back}
        </Link>
        {onClose && (
          <IconButton label={strings.close} onClick={onClose}>
            <X />
          </IconButton>
        )}
      </div>
      <nav aria-label={strings.settings} className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        <h2 className="px-2.5 pt-2 pb-1.5 text-xs font-medium text-faint">{strings.settings}</h2>
        {shown.map(({ path, label, icon: Icon }) => (
          <Link
            key={path}
            to="/settings/$screen"
            params={{ screen: path }}
            className="mb-px flex h-[34px] items-center gap-2.5 rounded-lg px-2.5 text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-active aria-[current=page]:font-medium aria-[current=page]:text-ink"
          >
            <Icon aria-hidden className="size-4 shrink-0" />
            <span className="truncate">{label()}</span>
          </Link>
        ))}
      </nav>
    </>
  );
}
