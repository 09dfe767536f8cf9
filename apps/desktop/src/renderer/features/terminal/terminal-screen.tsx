import { FolderOpen, Plus, SquareTerminal, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { useStore } from "../../api/store.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { ScreenHeader } from "../../ui/screen-header.tsx";
import { desktop } from "../desktop/desktop.ts";
import { strings } from "./terminal.strings.ts";
import { createTerminalTabs } from "./terminal-tabs.ts";
import type { Tab, TerminalTabs } from "./terminal-tabs.ts";
import { openTerminalView } from "./terminal-view.ts";

let shared: TerminalTabs | null = null;

/** One set of terminals for the window: leaving the screen leaves them running. */
function tabsOfWindow(): TerminalTabs | null {
  const app = desktop();
  if (app === null) return null;
  return (shared ??= createTerminalTabs(app, openTerminalView, ({ exitCode, signal }) =>
    signal === null ? strings.ended(exitCode) : strings.endedBySignal(signal),
  ));
}

/** Shells on this computer, in tabs; only in the desktop app, with its own server. */
export function TerminalScreen() {
  const [tabs] = useState(tabsOfWindow);
  return tabs === null ? null : <Terminals tabs={tabs} />;
}

function Terminals({ tabs }: { tabs: TerminalTabs }) {
  const { tabs: open, activeId, isOpening, problem } = useStore(tabs);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <ScreenHeader title={strings.title}>
        <IconButton label={strings.openIn} disabled={isOpening} onClick={() => void tabs.openIn()}>
          <FolderOpen />
        </IconButton>
        <IconButton label={strings.open} disabled={isOpening} onClick={() => void tabs.open(null)}>
          <Plus />
        </IconButton>
      </ScreenHeader>
      {problem && (
        <p role="alert" className="px-4 pb-2 text-[13px] text-danger">
          {strings.problems[problem]}
        </p>
      )}
      {open.length > 0 && <TabList tabs={tabs} open={open} activeId={activeId} />}
      {open.length === 0 ? (
        <div className="grid min-h-0 flex-1 place-items-center px-6 pb-16 text-center">
          <div className="max-w-sm">
            <SquareTerminal aria-hidden className="mx-auto mb-3 size-7 text-faint" />
            <p className="font-medium">{strings.emptyTitle}</p>
            <p className="mt-1 text-muted">{strings.emptyBody}</p>
            <Button look="primary" className="mt-4" busy={isOpening} onClick={() => void tabs.open(null)}>
              {strings.open}
            </Button>
          </div>
        </div>
      ) : (
        activeId !== null && <Panel key={activeId} tabs={tabs} terminalId={activeId} />
      )}
    </div>
  );
}

const nameOf = ({ title, place }: Tab) => strings.tab(title, place);

function TabList(props: { tabs: TerminalTabs; open: readonly Tab[]; activeId: string | null }) {
  const { tabs, open, activeId } = props;
  const list = useRef<HTMLDivElement>(null);
  function onKeyDown(event: KeyboardEvent): void {
    const at = open.findIndex(({ terminalId }) => terminalId === activeId);
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = open[(at + step + open.length) % open.length];
    if (step === 0 || !next) return;
    event.preventDefault();
    tabs.show(next.terminalId);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[open.indexOf(next)]?.focus();
  }
  return (
    <div className="flex shrink-0 gap-1 overflow-x-auto border-b border-line px-3 pb-1.5">
      <div ref={list} role="tablist" aria-label={strings.tabs} className="flex gap-1">
        {open.map((tab) => (
          <button
            key={tab.terminalId}
            type="button"
            role="tab"
            id={`tab-${tab.terminalId}`}
            aria-controls={`panel-${tab.terminalId}`}
            aria-selected={tab.terminalId === activeId}
            tabIndex={tab.terminalId === activeId ? 0 : -1}
            onClick={() => tabs.show(tab.terminalId)}
            onKeyDown={onKeyDown}
            className={classNames(
              "flex h-7 items-center gap-1.5 rounded-md px-2.5 text-[13px] whitespace-nowrap",
              tab.terminalId === activeId ? "bg-active font-medium" : "text-muted hover:bg-hover hover:text-ink",
              tab.hasEnded && "line-through decoration-faint",
            )}
          >
            {nameOf(tab)}
          </button>
        ))}
      </div>
      {open
        .filter(({ terminalId }) => terminalId === activeId)
        .map((tab) => (
          <IconButton
            key={tab.terminalId}
            size="small"
            label={strings.close(nameOf(tab))}
            onClick={() => tabs.close(tab.terminalId)}
          >
            <X />
          </IconButton>
        ))}
    </div>
  );
}

/** Puts the terminal's own element here for as long as it is shown. */
function Panel({ tabs, terminalId }: { tabs: TerminalTabs; terminalId: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const view = tabs.viewOf(terminalId);
    const { current } = place;
    if (!view || !current) return;
    current.append(view.element);
    view.fit();
    view.focus();
    const observer = new ResizeObserver(() => view.fit());
    observer.observe(current);
    return () => {
      observer.disconnect();
      view.element.remove();
    };
  }, [tabs, terminalId]);
  return (
    <div
      ref={place}
      role="tabpanel"
      id={`panel-${terminalId}`}
      aria-labelledby={`tab-${terminalId}`}
      className="min-h-0 flex-1 px-3 pt-2 pb-1"
    />
  );
}
