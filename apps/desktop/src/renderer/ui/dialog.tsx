import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useRef } from "react";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { strings } from "./ui.strings.ts";

type DialogProps = {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons; the last one is what Enter should do. */
  actions?: ReactNode;
  wide?: boolean;
  /** Where the focus goes when it closes, if not back to where it came from. */
  focusAfter?: () => HTMLElement | null;
};

/**
 * Keeps the focus, closes on Esc and on a click beside it, and gives the focus back. Mount it to open it. The
 * element marked `data-first-focus` gets the focus first.
 */
export function Dialog({ title, onClose, children, actions, wide = false, focusAfter }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Base.Viewport className="fixed inset-0 z-40 grid place-items-center overflow-y-auto p-4">
          <Base.Popup
            ref={popup}
            initialFocus={() => popup.current?.querySelector<HTMLElement>("[data-first-focus]") ?? true}
            finalFocus={focusAfter}
            className={classNames(
              "appear w-full rounded-2xl bg-raised p-5 text-ink shadow-pop outline-none",
              wide ? "max-w-xl" : "max-w-[420px]",
            )}
          >
            <div className="mb-3 flex items-start gap-3">
              <Base.Title className="flex-1 text-[15px] leading-6 font-semibold">{title}</Base.Title>
              <IconButton label={strings.close} size="small" onClick={onClose} className="-mt-0.5 -mr-1">
                <X />
              </IconButton>
            </div>
            {children}
            {actions && <div className="mt-5 flex flex-wrap justify-end gap-2">{actions}</div>}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
