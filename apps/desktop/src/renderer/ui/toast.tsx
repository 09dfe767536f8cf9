import { X } from "lucide-react";
import { useEffect } from "react";
import { createStore, useStore } from "../api/store.ts";
import { IconButton } from "./button.tsx";
import { strings } from "./ui.strings.ts";

type Toast = { id: number; text: string };

const shownMs = 6_000;
const maxShown = 3;
const toasts = createStore<readonly Toast[]>([]);
let lastId = 0;

/** Says something that no place on the screen is waiting for. The newest three are shown, each for six seconds. */
export function toast(text: string): void {
  toasts.set([...toasts.get(), { id: ++lastId, text }].slice(-maxShown));
}

function dismiss(id: number): void {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-4 z-50 flex flex-col items-center gap-2 px-4"
    >
      {shown.map((one) => (
        <ToastCard key={one.id} {...one} />
      ))}
    </div>
  );
}

function ToastCard({ id, text }: Toast) {
  useEffect(() => {
    const timer = setTimeout(() => dismiss(id), shownMs);
    return () => clearTimeout(timer);
  }, [id]);
  return (
    <div className="appear pointer-events-auto flex max-w-md items-center gap-2 rounded-xl bg-raised py-1.5 pr-1.5 pl-4 shadow-pop">
      <span className="min-w-0 flex-1">{text}</span>
      <IconButton label={strings.dismiss} size="small" onClick={() => dismiss(id)}>
        <X />
      </IconButton>
    </div>
  );
}
