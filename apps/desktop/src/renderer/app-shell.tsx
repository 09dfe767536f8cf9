import { Outlet, useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { SessionSidebar } from "./features/sessions/session-sidebar.tsx";
import { SettingsSidebar } from "./features/settings/settings-sidebar.tsx";
import { classNames } from "./ui/class-names.ts";
import { DrawerProvider } from "./ui/screen-header.tsx";
import { useMedia } from "./ui/use-media.ts";

/** The sidebar beside the screen: sessions, or the list of settings. On a narrow screen it slides over it. */
export function AppShell() {
  const isNarrow = useMedia("(max-width: 819px)");
  const [isOpen, setOpen] = useState(false);
  const sidebar = useRef<HTMLElement>(null);
  const isHidden = isNarrow && !isOpen;
  const { pathname } = useLocation();
  const isSettings = pathname.startsWith("/settings/");
  const navigate = useNavigate();
  const router = useRouter();

  useEffect(() => router.subscribe("onBeforeLoad", () => setOpen(false)), [router]);
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
        void navigate({ to: "/" });
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [navigate]);

  const onClose = isNarrow ? () => setOpen(false) : null;
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
        {isSettings ? <SettingsSidebar onClose={onClose} /> : <SessionSidebar onClose={onClose} />}
      </aside>
      {isNarrow && isOpen && (
        <div aria-hidden className="fixed inset-0 z-20 bg-black/35" onClick={() => setOpen(false)} />
      )}
      <main className="min-w-0 flex-1" inert={isNarrow && isOpen}>
        <DrawerProvider value={isNarrow ? () => setOpen(true) : null}>
          <Outlet />
        </DrawerProvider>
      </main>
    </div>
  );
}
