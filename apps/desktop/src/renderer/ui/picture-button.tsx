import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { shownPicture } from "./shown-picture.ts";
import type { ShownPicture } from "./shown-picture.ts";

/** Opens a picture whole, over everything else; `children` is how it is shown until then. */
export function PictureButton(props: {
  label: string;
  picture: Omit<ShownPicture, "opener">;
  className?: string;
  children: ReactNode;
}) {
  const { label, picture, className, children } = props;
  return (
    <button
      type="button"
      aria-label={label}
      aria-haspopup="dialog"
      title={picture.name}
      className={classNames("max-w-full cursor-zoom-in", className)}
      onClick={({ currentTarget }) => shownPicture.set({ ...picture, opener: currentTarget })}
    >
      {children}
    </button>
  );
}
