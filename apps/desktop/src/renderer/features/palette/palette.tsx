import { Dialog } from "@base-ui/react/dialog";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { ChevronDown, MessageSquare, Search, TextQuote, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useStore } from "../../api/store.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Highlighted } from "../../ui/highlighted.tsx";
import { Keys } from "../../ui/keys.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { useSettled } from "../../ui/use-settled.ts";
import { toPlainLine } from "../sessions/plain-line.ts";
import { firstQuery, searchedSession } from "./overlay.ts";
import { strings } from "./palette.strings.ts";
import { keysOf } from "./shortcuts.ts";
import type { ShortcutId } from "./shortcuts.ts";
import { useCommands } from "./use-commands.tsx";

const searchAfterMs = 120;
const maxSessions = 7;
const firstMessages = 12;
const maxMessages = 100;

/** Everything one can go to or do, found by its words; also what was said in any session. */
export function Palette({ onClose, run }: { onClose: () => void; run: (id: ShortcutId) => void }) {
  const [typed, setTyped] = useState(firstQuery.get);
  useEffect(() => firstQuery.set(""), []);
  const query = useSettled(typed.trim(), searchAfterMs);
  const input = useRef<HTMLInputElement>(null);
  const scope = useStore(searchedSession);
  useEffect(() => () => searchedSession.set(null), []);
  const [limit, setLimit] = useState(firstMessages);
  const [shownScope, setShownScope] = useState(scope);
  if (shownScope !== scope) {
    // Chosen here as a command: what was typed for it is no question.
    setShownScope(scope);
    setTyped("");
  }
  const navigate = useNavigate();
  const trpc = useTRPC();
  const hasQuery = query !== "";
  const sessions = useQuery(
    trpc.sessions.list.queryOptions(
      { limit: maxSessions, ...(hasQuery && { query }) },
      { enabled: scope === null, placeholderData: keepPreviousData },
    ),
  );
  const hits = useQuery(
    trpc.messages.search.queryOptions(
      { query: hasQuery ? query : "-", limit, ...(scope !== null && { sessionId: scope }) },
      { enabled: hasQuery, placeholderData: keepPreviousData },
    ),
  );
  const found = hasQuery ? (hits.data?.hits ?? []) : [];
  const listed = scope === null ? (sessions.data?.sessions ?? []) : [];
  const commands = useCommands(run).filter(({ label, group }) => {
    if (scope !== null) return false;
    const words = typed.trim().toLowerCase().split(/\s+/);
    return (typed.trim() !== "" || !group.isHidden) && words.every((word) => label.toLowerCase().includes(word));
  });
  const groups = [...new Set(commands.map(({ group }) => group))];
  const act = (does: () => void) => () => {
    onClose();
    does();
  };
  const hasFailed = hits.isError || sessions.isError;
  const isSearching = sessions.isFetching || hits.isFetching || query !== typed.trim();

  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Dialog.Popup
          aria-label={strings.palette}
          initialFocus={input}
          className="appear fixed inset-x-0 top-[12vh] z-50 mx-auto w-[calc(100vw-24px)] max-w-[600px] overflow-hidden rounded-2xl bg-raised text-ink shadow-pop outline-none"
        >
          <Command shouldFilter={false} loop label={strings.palette}>
            <div className="flex h-13 items-center gap-3 border-b border-line px-4">
              {isSearching ? (
                <Spinner className="size-4 text-muted" />
              ) : (
                <Search aria-hidden className="size-4 shrink-0 text-faint" />
              )}
              {scope !== null && (
                <button
                  type="button"
                  title={strings.everywhere}
                  onClick={() => {
                    searchedSession.set(null);
                    input.current?.focus();
                  }}
                  className="flex shrink-0 items-center gap-1 rounded-md bg-active px-2 py-0.5 text-[13px] hover:bg-hover"
                >
                  {strings.thisChat}
                  <X aria-hidden className="size-3" />
                </button>
              )}
              <Command.Input
                onKeyDown={(event) => {
                  if (event.key === "Backspace" && typed === "" && scope !== null) searchedSession.set(null);
                }}
                ref={input}
                value={typed}
                onValueChange={(text) => {
                  setTyped(text);
                  setLimit(firstMessages);
                }}
                placeholder={scope === null ? strings.placeholder : strings.searchHere}
                className="h-full flex-1 bg-transparent text-[15px] outline-none placeholder:text-faint"
              />
            </div>
            <Command.List className="max-h-[min(440px,62vh)] overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint">
              {!isSearching && (scope === null || hasQuery) && (
                <Command.Empty className="px-3 py-8 text-center text-muted">
                  {hasFailed ? strings.failed : strings.nothing}
                </Command.Empty>
              )}
              {groups.map((group) => (
                <Command.Group key={group.label} heading={group.label}>
                  {commands
                    .filter((command) => command.group === group)
                    .map(({ id, label, icon, shortcut, does }) => (
                      <Line key={id} id={id} icon={icon} onSelect={act(does)}>
                        <span className="min-w-0 flex-1 truncate">
                          <Highlighted text={label} query={typed} />
                        </span>
                        {shortcut && <Keys keys={keysOf(shortcut)} />}
                      </Line>
                    ))}
                </Command.Group>
              ))}
              {listed.length > 0 && (
                <Command.Group heading={hasQuery ? strings.sessions : strings.recent}>
                  {listed.map(({ sessionId, title }) => (
                    <Line
                      key={sessionId}
                      id={`session ${sessionId}`}
                      icon={<MessageSquare />}
                      onSelect={act(() => void navigate({ to: "/sessions/$sessionId", params: { sessionId } }))}
                    >
                      <span className="min-w-0 flex-1 truncate">
                        <Highlighted text={title} query={query} />
                      </span>
                    </Line>
                  ))}
                </Command.Group>
              )}
              {found.length > 0 && (
                <Command.Group heading={strings.messages}>
                  {found.map(({ messageId, sessionId, sessionTitle, snippet }) => (
                    <Line
                      key={messageId}
                      id={`message ${messageId}`}
                      icon={<TextQuote />}
                      onSelect={act(
                        () =>
                          void navigate({
                            to: "/sessions/$sessionId",
                            params: { sessionId },
                            search: { message: messageId },
                          }),
                      )}
                    >
                      <span className="min-w-0 flex-1">
                        <span className="line-clamp-2 text-[13px] leading-[1.45]">
                          <Highlighted text={toPlainLine(snippet)} query={query} />
                        </span>
                        <span className="block truncate text-xs text-muted">{sessionTitle}</span>
                      </span>
                    </Line>
                  ))}
                  {found.length >= limit && limit < maxMessages && (
                    <Line id="more messages" icon={<ChevronDown />} onSelect={() => setLimit(maxMessages)}>
                      {strings.more}
                    </Line>
                  )}
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Line(props: { id: string; icon: ReactNode; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item
      value={props.id}
      onSelect={props.onSelect}
      className="flex min-h-9 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 data-[selected=true]:bg-active [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-muted"
    >
      {props.icon}
      {props.children}
    </Command.Item>
  );
}
