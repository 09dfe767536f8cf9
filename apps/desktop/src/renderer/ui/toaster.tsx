import { useEffect } from "react";
import { toast as show, Toaster as Base } from "sonner";
import { useStore } from "../api/store.ts";
import { theme } from "./theme.ts";
import { unshown } from "./toast.tsx";
import { strings } from "./ui.strings.ts";

const shownMs = 6_000;

export function Toaster() {
  const toasts = useStore(unshown);
  useEffect(() => {
    if (toasts.length === 0) return;
    unshown.set([]);
    for (const { text, action } of toasts) show(text, { duration: shownMs, ...(action && { action }) });
  }, [toasts]);
  return (
    <Base
      theme={useStore(theme)}
      position="bottom-center"
      visibleToasts={3}
      containerAriaLabel={strings.notifications}
      toastOptions={{
        classNames: {
          toast: "!rounded-xl !border-line !bg-raised !text-ink !shadow-pop !font-sans !text-[14px] !py-3",
          actionButton: "!bg-accent !text-on-accent !rounded-md",
        },
      }}
    />
  );
}
