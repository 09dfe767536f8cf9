import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../api/store.ts";
import { shownPicture } from "./shown-picture.ts";

const Lightbox = lazy(async () => ({ default: (await import("./lightbox.tsx")).Lightbox }));

/** The picture that was opened, if one was; its code is fetched with the first. */
export function LateLightbox() {
  const picture = useStore(shownPicture);
  // Who signs in next in this page is shown nothing of it.
  useEffect(() => () => shownPicture.set(null), []);
  return (
    <Suspense fallback={null}>
      {picture && <Lightbox picture={picture} onClose={() => shownPicture.set(null)} />}
    </Suspense>
  );
}
