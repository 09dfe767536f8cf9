import { Check } from "lucide-react";
import { useId, useRef } from "react";
import type { KeyboardEvent, ReactNode, Ref, ToggleEvent } from "react";
import { classNames } from "./class-names.ts";

type TriggerProps = { popoverTarget: string; "aria-haspopup": "menu"; ref: Ref<HTMLButtonElement> };

type MenuProps = {
  label: string;
  trigger: (props: TriggerProps) => ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  className?: string;
};

const gapPx = 6;
const edgePx = 8;

/** Opens beside its button, above it when there is no room below; the browser closes it on Esc and on a click outside. */
export function Menu({ label, trigger, children, align = "start", className }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  function place(): void {
    if (!button.current || !list.current) return;
    const from = button.current.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = list.current;
    const below = from.bottom + gapPx;
    const fitsBelow = below + height <= window.innerHeight - edgePx;
    const top = fitsBelow ? below : Math.max(edgePx, from.top - gapPx - height);
    const wanted = align === "start" ? from.left : from.right - width;
    const left = Math.max(edgePx, Math.min(wanted, window.innerWidth - width - edgePx));
    Object.assign(list.current.style, { top: `${top}px`, left: `${left}px` });
  }

  function onToggle(event: ToggleEvent<HTMLDivElement>): void {
    if (event.newState !== "open") return;
    place();
    const items = itemsOf(list.current);
    (items.find((item) => item.ariaChecked === "true") ?? items[0])?.focus({ preventScroll: true });
  }

  function onKeyDown(event: KeyboardEvent): void {
    const items = itemsOf(list.current);
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || items.length === 0) return;
    event.preventDefault();
    items.at(to % items.length)?.focus();
  }

  return (
    <>
      {trigger({ popoverTarget: id, "aria-haspopup": "menu", ref: button })}
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        onToggle={onToggle}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          if ((event.target as Element).closest("[role^=menuitem]")) list.current?.hidePopover();
        }}
        className={classNames(
          "fixed inset-auto m-0 max-h-[min(420px,80vh)] min-w-44 overflow-y-auto rounded-xl bg-raised p-1 text-ink shadow-pop",
          className,
        )}
      >
        {children}
      </div>
    </>
  );
}

function itemsOf(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)") ?? [])];
}

type MenuItemProps = {
  onSelect: () => void;
  children: ReactNode;
  icon?: ReactNode;
  /** Given for one of several; the chosen one has a tick. */
  checked?: boolean;
  danger?: boolean;
  hint?: string;
};

export function MenuItem({ onSelect, children, icon, checked, danger = false, hint }: MenuItemProps) {
  return (
    <button
      type="button"
      role={checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={checked}
      tabIndex={-1}
      onClick={onSelect}
      className={classNames(
        "flex w-full items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-left outline-none hover:bg-hover focus-visible:bg-hover [&>svg]:size-4 [&>svg]:shrink-0",
        danger ? "text-danger" : "[&>svg]:text-muted",
      )}
    >
      {icon}
      <span className="min-w-0 flex-1">
        <span className="block truncate">{children}</span>
        {hint && <span className="block truncate text-xs text-muted">{hint}</span>}
      </span>
      {checked !== undefined && <Check aria-hidden className={classNames(!checked && "invisible", "text-accent!")} />}
    </button>
  );
}

export function MenuSeparator() {
  return <div aria-hidden className="mx-2 my-1 h-px bg-line" />;
}
