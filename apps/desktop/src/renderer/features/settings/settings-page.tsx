import type { ReactNode } from "react";
import { ConnectionNotice } from "../connection/connection-notice.tsx";
import { ScreenHeader } from "../../ui/screen-header.tsx";

/** How every settings screen stands: a heading, a sentence about it with its actions beside, and the rest below. */
export function SettingsPage(props: { title: string; subtitle?: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex h-full min-h-0 flex-col">
      <ScreenHeader title={props.title} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[46rem] px-4 pt-2 pb-16 sm:px-6">
          <ConnectionNotice className="mb-4" />
          {(props.subtitle !== undefined || props.actions !== undefined) && (
            <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-3">
              <p className="min-w-60 flex-1 pt-1.5 text-muted">{props.subtitle}</p>
              {props.actions && <div className="flex flex-wrap gap-2">{props.actions}</div>}
            </div>
          )}
          {props.children}
        </div>
      </div>
    </div>
  );
}
