import { X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
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
};

/**
 * A modal of the browser's own: it keeps the focus, closes on Esc, and gives the focus back. Mount it to open it.
 * The element marked `data-first-focus` gets the focus first.
 */
export function Dialog({ title, onClose, children, actions, wide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("[data-first-focus]")?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      closedby="any"
      className={classNames(
        "appear m-auto w-[calc(100vw-32px)] rounded-2xl bg-raised p-0 text-ink shadow-pop",
        wide ? "max-w-xl" : "max-w-[420px]",
      )}
    >
      <div className="p-5">
        <div className="mb-3 flex items-start gap-3">
          <h2 id={titleId} className="flex-1 text-[15px] leading-6 font-semibold">
            {title}
          </h2>
          <IconButton label={strings.close} size="small" onClick={onClose} className="-mt-0.5 -mr-1">
            <X />
          </IconButton>
        </div>
        {children}
        {actions && <div className="mt-5 flex flex-wrap justify-end gap-2">{actions}</div>}
      </div>
    </dialog>
  );
}
