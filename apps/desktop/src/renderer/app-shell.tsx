import { Outlet, useLocation, useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Overlays } from "./features/palette/overlays.tsx";
import { overlay, searchIn } from "./features/palette/overlay.ts";
import type { ShortcutId } from "./features/palette/shortcuts.ts";
import { useShortcuts } from "./features/palette/use-shortcuts.ts";
import { SessionSidebar } from "./features/sessions/session-sidebar.tsx";
import { useSessionSteps } from "./features/sessions/use-session-steps.ts";
import { SettingsSidebar } from "./features/settings/settings-sidebar.tsx";
import { classNames } from "./ui/class-names.ts";
import { LateLightbox } from "./ui/late-lightbox.tsx";
import { readSaved, save } from "./ui/saved.ts";
import { DrawerProvider } from "./ui/screen-header.tsx";
import { shownPicture } from "./ui/shown-picture.ts";
import { useMedia } from "./ui/use-media.ts";

const foldedKey = "chatee.sidebar";

/**
 * The sidebar beside the screen: sessions, or the list of settings. On a narrow screen it slides over it, on a wide
 * one it can be folded away.
 */
export function AppShell() {
  const isNarrow = useMedia("(max-width: 819px)");
  const [isOpen, setOpen] = useState(false);
  const [isFolded, setFolded] = useState(() => readSaved(foldedKey) === "folded");
  const isHidden = isNarrow ? !isOpen : isFolded;
  const { pathname } = useLocation();
  const isSettings = pathname.startsWith("/settings/");
  const [lastPlace, setLastPlace] = useState("/");
  if (!isSettings && pathname !== lastPlace) setLastPlace(pathname);
  const navigate = useNavigate();
  const { sessionId } = useParams({ strict: false });
  const router = useRouter();
  const step = useSessionSteps();

  useEffect(
    () =>
      router.subscribe("onBeforeLoad", () => {
        setOpen(false);
        shownPicture.set(null);
      }),
    [router],
  );
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

  function fold(folded: boolean): void {
    if (isNarrow) return setOpen(!folded);
    setFolded(folded);
    save(foldedKey, folded ? "folded" : null);
  }
  function run(id: ShortcutId): void {
    switch (id) {
      case "palette":
      case "shortcuts":
        return overlay.set(overlay.get() === id ? null : id);
      case "find":
        return sessionId === undefined ? overlay.set("palette") : searchIn(sessionId);
      case "newChat":
        return void navigate({ to: "/" });
      case "settings":
        return void navigate({ to: "/settings" });
      case "sidebar":
        return fold(!isHidden);
      case "previousSession":
        return step(-1);
      case "nextSession":
        return step(1);
      case "composer":
        return document.querySelector<HTMLElement>("[data-composer] textarea")?.focus();
    }
  }
  useShortcuts(run);

  const onClose = isNarrow ? () => setOpen(false) : null;
  return (
    <div className="flex h-full">
      <aside
        inert={isHidden}
        className={classNames(
          "w-[272px] shrink-0 flex-col border-r border-line bg-side",
          !isNarrow && isFolded ? "hidden" : "flex",
          isNarrow && "fixed inset-y-0 left-0 z-30 max-w-[86vw] transition-transform duration-200",
          isNarrow && isOpen && "shadow-pop",
          isNarrow && isHidden && "-translate-x-full",
        )}
      >
        {isSettings ? <SettingsSidebar backTo={lastPlace} onClose={onClose} /> : <SessionSidebar onClose={onClose} />}
      </aside>
      {isNarrow && isOpen && (
        <div aria-hidden className="fixed inset-0 z-20 bg-black/35" onClick={() => setOpen(false)} />
      )}
      <main className="min-w-0 flex-1" inert={isNarrow && isOpen}>
        <DrawerProvider value={isHidden ? () => fold(false) : null}>
          <Outlet />
        </DrawerProvider>
      </main>
      <Overlays run={run} />
      <LateLightbox />
    </div>
  );
}
