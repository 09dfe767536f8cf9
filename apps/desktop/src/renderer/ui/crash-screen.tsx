import { Component } from "react";
import type { ReactNode } from "react";
import { strings } from "./ui.strings.ts";

/** What is shown when drawing a screen threw: a way out instead of a white page. */
export class CrashScreen extends Component<{ children?: ReactNode; hasCrashed?: boolean }, { crashed: boolean }> {
  override state = { crashed: this.props.hasCrashed ?? false };
  static getDerivedStateFromError() {
    return { crashed: true };
  }
  override render(): ReactNode {
    if (!this.state.crashed) return this.props.children;
    return (
      <main role="alert" className="grid h-full place-items-center p-6 text-center">
        <div className="max-w-sm">
          <h1 className="text-[17px] font-semibold">{strings.crashTitle}</h1>
          <p className="mt-1.5 mb-5 text-muted">{strings.crashBody}</p>
          <button
            type="button"
            className="h-[34px] rounded-lg bg-accent px-3.5 font-medium text-on-accent"
            onClick={() => window.location.reload()}
          >
            {strings.reload}
          </button>
        </div>
      </main>
    );
  }
}
