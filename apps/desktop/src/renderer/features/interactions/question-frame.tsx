import type { ReactNode } from "react";

/** How every question looks: what is asked, then the ways to answer. */
export function QuestionFrame(props: { label: string; icon: ReactNode; children: ReactNode; actions: ReactNode }) {
  return (
    <section aria-label={props.label} data-question className="px-3 py-3">
      <div className="flex items-start gap-2.5 [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-warn">
        {props.icon}
        <div className="min-w-0 flex-1">{props.children}</div>
      </div>
      <div className="mt-3 flex flex-wrap gap-2 pl-6.5">{props.actions}</div>
    </section>
  );
}
