import type { HTMLAttributes } from "react";

/** Text that scrolls by itself, with the keyboard too: for that it can have the focus. */
export function ScrollBox({ as: Tag, ...rest }: { as: "pre" | "p" | "dd" } & HTMLAttributes<HTMLElement>) {
  return <Tag tabIndex={0} {...rest} />;
}
