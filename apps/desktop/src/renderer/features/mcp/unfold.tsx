import { ChevronRight } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";

/** Something to look at when asked for; what is inside is not there before. */
export function Unfold({ title, children }: { title: string; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="group/unfold mt-2" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="-ml-2 inline-flex h-8 list-none items-center gap-1.5 rounded-lg px-2 text-[13px] text-muted hover:bg-hover hover:text-ink">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open/unfold:rotate-90" />
        {title}
      </summary>
      {isOpen && <div className="mt-1.5">{children}</div>}
    </details>
  );
}
