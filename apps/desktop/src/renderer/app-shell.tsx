import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { SessionSidebar } from "./features/sessions/session-sidebar.tsx";
import { navigate, route } from "./route.ts";
import { classNames } from "./ui/class-names.ts";
import { DrawerProvider } from "./ui/screen-header.tsx";
import { useMedia } from "./ui/use-media.ts";

/** The list of sessions beside the screen; on a narrow one it slides over it. */
export function AppShell({ children }: { children: ReactNode }) {
  const isNarrow = useMedia("(max-width: 819px)");
  const [isOpen, setOpen] = useState(false);
  const sidebar = useRef<HTMLElement>(null);
  const isHidden = isNarrow && !isOpen;

  useEffect(() => {
    const close = () => setOpen(false);
    return route.subscribe(close);
  }, []);
  useEffect(() => {
    if (!isNarrow || !isOpen) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      setOpen(false);
    };
    document.addEventListener("keydown", onKeyDown, { capture: true });
    return () => document.removeEventListener("keydown", onKeyDown, { capture: true });
  }, [isNarrow, isOpen]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "k") {
        event.preventDefault();
        setOpen(true);
        sidebar.current?.querySelector<HTMLInputElement>("input[type=search]")?.focus();
      }
      if (key === "o" && event.shiftKey) {
        event.preventDefault();
        navigate({ screen: "new" });
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);

  return (
    <div className="flex h-full">
      <aside
        ref={sidebar}
        inert={isHidden}
        className={classNames(
          "flex w-[272px] shrink-0 flex-col border-r border-line bg-side",
          isNarrow && "fixed inset-y-0 left-0 z-30 max-w-[86vw] transition-transform duration-200",
          isNarrow && isOpen && "shadow-pop",
          isHidden && "-translate-x-full",
        )}
      >
        <SessionSidebar onClose={isNarrow ? () => setOpen(false) : null} />
      </aside>
      {isNarrow && isOpen && (
        <div aria-hidden className="fixed inset-0 z-20 bg-black/35" onClick={() => setOpen(false)} />
      )}
      <main className="min-w-0 flex-1" inert={isNarrow && isOpen}>
        <DrawerProvider value={isNarrow ? () => setOpen(true) : null}>{children}</DrawerProvider>
      </main>
    </div>
  );
}
