import { PanelLeft } from "lucide-react";
import { createContext, useContext } from "react";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { strings } from "./ui.strings.ts";

/** Opens the drawer that holds the list of sessions on narrow screens; null where the list is always there. */
const DrawerContext = createContext<(() => void) | null>(null);
export const DrawerProvider = DrawerContext.Provider;

/** Without a title the screen has a heading of its own. */
export function ScreenHeader({ title, children }: { title: string; children?: ReactNode }) {
  const openDrawer = useContext(DrawerContext);
  return (
    <header className="flex h-12 shrink-0 items-center gap-1.5 px-3">
      {openDrawer && (
        <IconButton label={strings.openDrawer} onClick={openDrawer}>
          <PanelLeft />
        </IconButton>
      )}
      {title === "" ? (
        <div className="flex-1" />
      ) : (
        <h1 className="min-w-0 flex-1 truncate px-1.5 font-medium">{title}</h1>
      )}
      {children}
    </header>
  );
}
