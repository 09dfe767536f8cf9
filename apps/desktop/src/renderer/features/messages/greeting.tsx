import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { classNames } from "../../ui/class-names.ts";
import { Logo } from "../../ui/logo.tsx";
import { column } from "./message-row.tsx";
import { ConnectionNotice } from "../connection/connection-notice.tsx";
import { strings } from "./messages.strings.ts";
import { temporaryHint } from "./temporary-chat.tsx";

/** Where a new chat begins: the composer in the middle, and three ways to see something happen at once. */
export function Greeting(props: {
  isDemo: boolean;
  /** What begins here will not be kept. */
  isTemporary: boolean;
  /** Null when something is written already. */
  onSuggestion: ((text: string) => void) | null;
  children: ReactNode;
}) {
  const { onSuggestion } = props;
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <div className={`${column} my-auto py-8`}>
        <Logo className="mb-5 size-11" />
        <h1 className="text-[26px] leading-tight font-semibold tracking-[-0.02em]">{strings.greeting}</h1>
        {props.isDemo && (
          <p className="mt-2 max-w-[36rem] text-[15px] leading-relaxed text-muted">
            {strings.greetingDemo}{" "}
            <Link
              to="/settings/$screen"
              params={{ screen: "models" }}
              className="font-medium text-accent hover:underline"
            >
              {strings.addModel}
            </Link>
          </p>
        )}
        {props.isTemporary && <p className="mt-2 text-[15px] leading-relaxed text-muted">{temporaryHint()}</p>}
        <div className="mt-6">
          <ConnectionNotice />
          {props.children}
        </div>
        <ul className={classNames("mt-3 flex flex-wrap gap-2", onSuggestion === null && "invisible")}>
          {strings.suggestions.map(({ title, text }) => (
            <li key={title}>
              <button
                type="button"
                onClick={() => onSuggestion?.(text)}
                className="h-8 rounded-full border border-line-strong px-3.5 text-[13px] text-muted hover:bg-hover hover:text-ink"
              >
                {title}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
