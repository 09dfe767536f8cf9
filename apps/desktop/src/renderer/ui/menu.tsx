import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { classNames } from "./class-names.ts";

type MenuProps = {
  label: string;
  /** The button that opens it. */
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
  className?: string;
};

/** Opens beside its button, above it when there is no room below; arrow keys and first letters move in it. */
export function Menu({ label, trigger, children, align = "start", className }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} collisionPadding={8} className="z-40 outline-none">
          <Base.Popup
            aria-label={label}
            className={classNames(
              "appear max-h-[min(420px,var(--available-height))] min-w-44 overflow-y-auto rounded-xl bg-raised p-1 text-ink shadow-pop outline-none",
              className,
            )}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

const itemLook =
  "flex w-full cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-left outline-none select-none data-highlighted:bg-hover [&>svg]:size-4 [&>svg]:shrink-0";

type ItemProps = { children: ReactNode; icon?: ReactNode; hint?: string | undefined };

function Inside({ children, icon, hint }: ItemProps) {
  return (
    <>
      {icon}
      <span className="min-w-0 flex-1">
        <span className="block truncate">{children}</span>
        {hint && <span className="block truncate text-xs text-muted">{hint}</span>}
      </span>
    </>
  );
}

export function MenuItem({
  onSelect,
  danger = false,
  ...item
}: ItemProps & { onSelect: () => void; danger?: boolean }) {
  return (
    <Base.Item onClick={onSelect} className={classNames(itemLook, danger ? "text-danger" : "[&>svg]:text-muted")}>
      <Inside {...item} />
    </Base.Item>
  );
}

type MenuChoicesProps<TValue extends string> = {
  options: readonly { value: TValue; label: string; hint?: string; icon?: ReactNode }[];
  chosen: TValue | undefined;
  onChoose: (value: TValue) => void;
};

/** One of several; the chosen one has a tick. */
export function MenuChoices<TValue extends string>({ options, chosen, onChoose }: MenuChoicesProps<TValue>) {
  return (
    <Base.RadioGroup value={chosen ?? null} onValueChange={onChoose}>
      {options.map(({ value, label, hint, icon }) => (
        <Base.RadioItem key={value} value={value} closeOnClick className={classNames(itemLook, "[&>svg]:text-muted")}>
          <Inside icon={icon} hint={hint}>
            {label}
          </Inside>
          <Check aria-hidden className={classNames(value !== chosen && "invisible", "text-accent!")} />
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  );
}

/** On or off; the menu stays open. */
export function MenuCheck({ checked, onCheck, ...item }: ItemProps & { checked: boolean; onCheck: () => void }) {
  return (
    <Base.CheckboxItem checked={checked} onCheckedChange={onCheck} className={itemLook}>
      <Inside {...item} />
      <span
        aria-hidden
        className={classNames(
          "grid size-4 shrink-0 place-items-center rounded border",
          checked ? "border-accent bg-accent text-on-accent" : "border-line-strong",
        )}
      >
        {checked && <Check className="size-3" />}
      </span>
    </Base.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <p className="px-2.5 pt-1 pb-0.5 text-xs font-medium text-faint">{children}</p>;
}

export function MenuSeparator() {
  return <Base.Separator className="mx-2 my-1 h-px bg-line" />;
}
