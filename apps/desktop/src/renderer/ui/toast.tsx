import { toast as show, Toaster } from "sonner";
import { useStore } from "../api/store.ts";
import { theme } from "./theme.ts";
import { strings } from "./ui.strings.ts";

const shownMs = 6_000;

/** Says something that no place on the screen is waiting for; `action` offers a way on. */
export function toast(text: string, action?: { label: string; onClick: () => void }): void {
  show(text, { duration: shownMs, ...(action && { action }) });
}

export function Toasts() {
  return (
    <Toaster
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
