import { Dialog as Base } from "@base-ui/react/dialog";
import { Download, X } from "lucide-react";
import { useRef, useState } from "react";
import { IconButton } from "./button.tsx";
import type { ShownPicture } from "./shown-picture.ts";
import { Spinner } from "./spinner.tsx";
import { strings } from "./ui.strings.ts";

/** One picture over everything else, whole: as large as it is, or as the window lets it be. Closes like a dialog. */
export function Lightbox({ picture, onClose }: { picture: ShownPicture; onClose: () => void }) {
  const { src, name, download, opener } = picture;
  const closer = useRef<HTMLButtonElement>(null);
  const [state, setState] = useState<"loading" | "shown" | "broken">("loading");
  return (
    <Base.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Base.Viewport className="fixed inset-0 z-40 grid place-items-center p-4">
          <Base.Popup
            initialFocus={closer}
            finalFocus={() => (opener.isConnected ? opener : true)}
            className="appear min-w-[min(22rem,calc(100vw-2rem))] rounded-2xl bg-raised text-ink shadow-pop outline-none"
          >
            {/* A long name does not make it wider than its picture. */}
            <div className="flex w-0 min-w-full items-center gap-1 py-2 pr-2 pl-4">
              <Base.Title className="min-w-0 flex-1 truncate leading-7 font-semibold" title={name}>
                {name}
              </Base.Title>
              <a
                href={download.href}
                download={download.fileName}
                className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2.5 text-[13px] font-medium text-muted hover:bg-hover hover:text-ink pointer-coarse:min-h-9"
              >
                <Download aria-hidden className="size-[15px]" />
                {strings.download}
              </a>
              <IconButton ref={closer} label={strings.close} size="small" onClick={onClose}>
                <X />
              </IconButton>
            </div>
            <div className="grid min-h-24 place-items-center px-2 pb-2">
              {state === "loading" && <Spinner className="col-start-1 row-start-1 text-muted" />}
              {state === "broken" ? (
                <p role="alert" className="text-muted">
                  {strings.pictureMissing}
                </p>
              ) : (
                <img
                  src={src}
                  alt={name}
                  className="col-start-1 row-start-1 h-auto max-h-[calc(100dvh-6rem)] w-auto max-w-[calc(100vw-3rem)] rounded-sm"
                  onLoad={() => setState("shown")}
                  onError={() => setState("broken")}
                />
              )}
            </div>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
