import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { Spinner } from "./spinner.tsx";

type ButtonProps = Omit<ComponentProps<"button">, "type"> & {
  look?: "primary" | "plain" | "quiet" | "danger";
  size?: "small" | "medium";
  busy?: boolean;
  type?: "button" | "submit";
};

const looks = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong border-transparent",
  plain: "bg-raised border-line-strong hover:bg-hover",
  quiet: "border-transparent text-muted hover:bg-hover hover:text-ink",
  danger: "bg-raised border-danger-line text-danger hover:bg-danger-soft",
};
const sizes = { small: "h-7 px-2.5 text-[13px] gap-1.5 rounded-md", medium: "h-[34px] px-3.5 gap-2 rounded-lg" };

export function Button({ look = "plain", size = "medium", busy = false, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || busy}
      aria-busy={busy || undefined}
      className={classNames(
        "inline-flex shrink-0 items-center justify-center border font-medium whitespace-nowrap transition-colors disabled:opacity-55",
        looks[look],
        sizes[size],
        className,
      )}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

type IconButtonProps = Omit<ComponentProps<"button">, "type" | "aria-label" | "title"> & {
  /** Read aloud, and shown when the pointer rests. */
  label: string;
  /** Shown instead of the label, and read after it. */
  hint?: string;
  children: ReactNode;
  size?: "small" | "medium";
};

export function IconButton({ label, hint, children, size = "medium", className, ...rest }: IconButtonProps) {
  return (
    <button
      {...rest}
      type="button"
      aria-label={label}
      title={hint ?? label}
      className={classNames(
        "inline-flex shrink-0 items-center justify-center text-muted transition-colors hover:bg-hover hover:text-ink disabled:opacity-40 disabled:hover:bg-transparent aria-expanded:bg-hover aria-expanded:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent pointer-coarse:min-h-9 pointer-coarse:min-w-9",
        size === "small" ? "size-7 rounded-md [&>svg]:size-[15px]" : "size-[34px] rounded-lg [&>svg]:size-[17px]",
        className,
      )}
    >
      {children}
    </button>
  );
}
