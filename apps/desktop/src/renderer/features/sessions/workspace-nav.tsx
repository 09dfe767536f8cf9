import { Link } from "@tanstack/react-router";
import { workspaceScreens } from "../../screens.ts";
import { strings } from "./sessions.strings.ts";

/** The screens beside the chats. */
export function WorkspaceNav() {
  const shown = workspaceScreens.filter(({ isShown }) => isShown?.() ?? true);
  if (shown.length === 0) return null;
  return (
    <nav aria-label={strings.workspace} className="mx-2 mb-2 shrink-0 border-b border-line pb-2">
      {shown.map(({ path, label, icon: Icon }) => (
        <Link
          key={path}
          to="/$screen"
          params={{ screen: path }}
          className="mb-px flex h-8 items-center gap-2.5 rounded-lg px-2.5 text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-active aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          <Icon aria-hidden className="size-4" />
          {label()}
        </Link>
      ))}
    </nav>
  );
}
