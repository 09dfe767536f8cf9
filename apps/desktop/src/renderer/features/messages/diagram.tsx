import { Code, Workflow } from "lucide-react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { useStore } from "../../api/store.ts";
import { IconButton } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { theme } from "../../ui/theme.ts";
import { useMedia } from "../../ui/use-media.ts";
import type { DiagramImage } from "./diagram-image.ts";
import { strings } from "./messages.strings.ts";

/** Longer texts stay text: laying such a diagram out would hold the page up. */
const maxChars = 20_000;

/** A mermaid block as a picture, with its text one click away; `children` is that text. */
export function Diagram({ code, children }: { code: string; children: ReactNode }) {
  const chosen = useStore(theme);
  const isSystemDark = useMedia("(prefers-color-scheme: dark)");
  const isDark = chosen === "system" ? isSystemDark : chosen === "dark";
  const [image, setImage] = useState<DiagramImage | null>(null);
  const [showsCode, setShowsCode] = useState(false);
  useEffect(() => {
    if (code.length > maxChars) return;
    let isLeft = false;
    void import("./diagram-image.ts")
      .then(({ drawDiagram }) => drawDiagram({ code, isDark }, strings.diagram))
      .then((drawn) => {
        if (!isLeft) setImage(drawn);
      })
      // What is no diagram is shown as the text it is.
      .catch(() => {});
    return () => {
      isLeft = true;
    };
  }, [code, isDark]);
  if (!image) return children;
  return (
    <div>
      {showsCode ? (
        children
      ) : (
        <figure data-diagram className="overflow-hidden rounded-xl border border-line bg-raised">
          <div className="overflow-x-auto p-4">
            <img
              src={image.src}
              alt={strings.diagram}
              width={image.width}
              height={image.height}
              className="mx-auto h-auto max-w-full"
            />
          </div>
        </figure>
      )}
      <div className="mt-1 flex justify-end gap-0.5">
        {!showsCode && <CopyButton label={strings.copyCode} text={() => code} />}
        <IconButton
          label={showsCode ? strings.showDiagram : strings.showCode}
          size="small"
          onClick={() => setShowsCode(!showsCode)}
        >
          {showsCode ? <Workflow /> : <Code />}
        </IconButton>
      </div>
    </div>
  );
}
