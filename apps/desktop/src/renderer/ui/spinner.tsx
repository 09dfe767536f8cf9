import { classNames } from "./class-names.ts";

export function Spinner({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={classNames(
        "inline-block size-3.5 animate-[spin_0.8s_linear_infinite] rounded-full border-[1.5px] border-current border-r-transparent",
        className,
      )}
    />
  );
}
