import type { ReactNode } from "react";

/** One thing that can be done with data: what it is, the button for it, and what came of it below. */
export function DataCard(props: { title: string; hint: string; action?: ReactNode; children?: ReactNode }) {
  return (
    <section className="px-4 py-4">
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-52 flex-1">
          <h2 className="font-medium">{props.title}</h2>
          <p className="mt-0.5 text-[13px] text-muted">{props.hint}</p>
        </div>
        {props.action}
      </div>
      {props.children && <div className="mt-3 empty:hidden">{props.children}</div>}
    </section>
  );
}
