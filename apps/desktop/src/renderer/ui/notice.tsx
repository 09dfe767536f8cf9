import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

const tones = {
  danger: "border-danger-line bg-danger-soft [&>svg]:text-danger",
  warn: "border-warn-line bg-warn-soft [&>svg]:text-warn",
  plain: "border-line bg-sunken [&>svg]:text-muted",
};

/** A sentence about something that needs attention, with ways out beside it. */
export function Notice(props: {
  tone: keyof typeof tones;
  icon?: ReactNode;
  children: ReactNode;
  actions?: ReactNode;
  className?: string;
}) {
  return (
    <div
      role={props.tone === "danger" ? "alert" : "status"}
      className={classNames(
        "flex flex-wrap items-center gap-x-2.5 gap-y-2 rounded-xl border px-3.5 py-2.5 [&>svg]:size-4 [&>svg]:shrink-0",
        tones[props.tone],
        props.className,
      )}
    >
      {props.icon}
      <div className="min-w-48 flex-1">{props.children}</div>
      {props.actions && <div className="flex flex-wrap gap-2">{props.actions}</div>}
    </div>
  );
}
