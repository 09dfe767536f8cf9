import type { Session } from "@chatee/shared/sessions";
import { Link, useParams } from "@tanstack/react-router";
import { LogOut, Monitor, Moon, Search, Settings2, SquarePen, Sun, TextQuote, X } from "lucide-react";
import { useMemo, useState } from "react";
import type { ReactNode } from "react";
import { VList } from "virtua";
import { toProblem } from "../../api/problem.ts";
import { useStore } from "../../api/store.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Keys } from "../../ui/keys.tsx";
import { Logo } from "../../ui/logo.tsx";
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuSeparator } from "../../ui/menu.tsx";
import { chooseTheme, theme, themes } from "../../ui/theme.ts";
import { strings as uiStrings } from "../../ui/ui.strings.ts";
import { useNow } from "../../ui/use-now.ts";
import { useSettled } from "../../ui/use-settled.ts";
import { overlay, searchFor } from "../palette/overlay.ts";
import { keysOf } from "../palette/shortcuts.ts";
import { signOut } from "../access/sign-in.ts";
import { useOpenInteractions } from "../interactions/interactions-context.tsx";
import { WorkspaceNav } from "./workspace-nav.tsx";
import { DeleteDialog, RenameDialog } from "./session-dialogs.tsx";
import { toRows } from "./session-groups.ts";
import { SessionRow } from "./session-row.tsx";
import { strings } from "./sessions.strings.ts";
import { useExport } from "./use-export.ts";
import { usePin } from "./use-pin.ts";
import { useSessions } from "./use-sessions.ts";

const searchAfterMs = 180;
const loadMoreRows = 15;

export function SessionSidebar({ onClose }: { onClose: (() => void) | null }) {
  const [typed, setTyped] = useState("");
  const query = useSettled(typed.trim(), searchAfterMs);
  return (
    <>
      <div className="flex h-12 shrink-0 items-center gap-2 pr-2 pl-4">
        <Logo className="size-[22px]" />
        <span className="flex-1 font-semibold tracking-[-0.01em]">chatee</span>
        <Link
          to="/"
          aria-label={strings.newChat}
          title={strings.newChatHint}
          onClick={() => onClose?.()}
          className="inline-flex size-[34px] items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink"
        >
          <SquarePen aria-hidden className="size-[17px]" />
        </Link>
        {onClose && (
          <IconButton label={strings.closeDrawer} onClick={onClose}>
            <X />
          </IconButton>
        )}
      </div>
      <div className="relative mx-3 mb-2">
        <Search aria-hidden className="pointer-events-none absolute top-[9px] left-2.5 size-4 text-faint" />
        <input
          type="search"
          className="field pl-8.5!"
          placeholder={strings.search}
          aria-label={strings.searchHint}
          title={strings.searchHint}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || typed === "") return;
            event.preventDefault();
            setTyped("");
          }}
        />
        {typed === "" && (
          <button
            type="button"
            title={strings.palette}
            onClick={() => overlay.set("palette")}
            className="absolute top-[5px] right-2 flex h-6 items-center rounded-md hover:opacity-70 pointer-coarse:hidden"
          >
            <span className="sr-only">{strings.palette}</span>
            <Keys keys={keysOf("palette")} />
          </button>
        )}
        {typed !== "" && (
          <IconButton
            label={strings.clearSearch}
            size="small"
            className="absolute top-[3px] right-[3px]"
            onClick={() => setTyped("")}
          >
            <X />
          </IconButton>
        )}
      </div>
      {query === "" ? (
        <WorkspaceNav />
      ) : (
        <button
          type="button"
          onClick={() => searchFor(query)}
          className="mx-2 mb-1 flex h-9 items-center gap-2.5 rounded-lg px-2.5 text-left text-accent hover:bg-hover"
        >
          <TextQuote aria-hidden className="size-4 shrink-0" />
          <span className="truncate">{strings.searchMessages(query)}</span>
        </button>
      )}
      <SessionList query={query} />
      <Footer />
    </>
  );
}

function SessionList({ query }: { query: string }) {
  const list = useSessions(query);
  const nowMs = useNow(30_000);
  const openId = useParams({ strict: false }).sessionId ?? null;
  const questions = useOpenInteractions();
  const waiting = useMemo(() => new Set(questions.map(({ sessionId }) => sessionId)), [questions]);
  const { sessions, pinned } = list;
  const rows = useMemo(() => toRows(pinned, sessions, nowMs), [pinned, sessions, nowMs]);
  const pin = usePin();
  const exportSession = useExport();
  const [renaming, setRenaming] = useState<Session | null>(null);
  const [deleting, setDeleting] = useState<Session | null>(null);

  if (list.isPending) return <Quiet>{null}</Quiet>;
  if (list.isError && sessions.length === 0) {
    return (
      <Quiet>
        <p>
          {strings.loadFailed} {toProblem(list.error).sentence}
        </p>
        <Button size="small" className="mt-3" onClick={() => void list.refetch()}>
          {strings.retry}
        </Button>
      </Quiet>
    );
  }
  if (rows.length === 0) return <Quiet>{query === "" ? strings.empty : strings.noMatch(query)}</Quiet>;
  return (
    <nav aria-label={strings.sessions} className={classNames("min-h-0 flex-1", list.isPlaceholderData && "opacity-60")}>
      <VList
        data={rows}
        className="h-full pb-2"
        onScroll={(offset) => {
          const isNearEnd = offset / 50 > rows.length - loadMoreRows - window.innerHeight / 50;
          if (isNearEnd && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
        }}
      >
        {(row, index) =>
          row.kind === "group" ? (
            <h2
              key={row.group}
              className={classNames("px-4.5 pb-1 text-xs font-medium text-faint", index === 0 ? "pt-1.5" : "pt-4")}
            >
              {strings.groups[row.group]}
            </h2>
          ) : (
            <SessionRow
              key={row.session.sessionId}
              session={row.session}
              isOpen={row.session.sessionId === openId}
              waits={waiting.has(row.session.sessionId)}
              query={query}
              nowMs={nowMs}
              onPin={pin}
              onRename={setRenaming}
              onExport={exportSession}
              onDelete={setDeleting}
            />
          )
        }
      </VList>
      {renaming && <RenameDialog session={renaming} onClose={() => setRenaming(null)} />}
      {deleting && <DeleteDialog session={deleting} onClose={() => setDeleting(null)} />}
    </nav>
  );
}

function Quiet({ children }: { children: ReactNode }) {
  return <div className="min-h-0 flex-1 px-4.5 pt-2 text-[13px] text-muted">{children}</div>;
}

const themeIcons = { system: <Monitor />, light: <Sun />, dark: <Moon /> };

function Footer() {
  const chosen = useStore(theme);
  return (
    <div className="flex shrink-0 items-center gap-0.5 border-t border-line p-2 [&>button]:ml-auto">
      <Link
        to="/settings/$screen"
        params={{ screen: "models" }}
        className="flex h-[34px] items-center gap-2 rounded-lg px-2 font-medium whitespace-nowrap text-muted hover:bg-hover hover:text-ink [&>svg]:size-4"
      >
        <Settings2 aria-hidden />
        {strings.settings}
      </Link>
      <Menu
        label={strings.preferences}
        align="end"
        trigger={<IconButton label={strings.preferences}>{themeIcons[chosen]}</IconButton>}
      >
        <MenuLabel>{uiStrings.theme}</MenuLabel>
        <MenuChoices
          options={themes.map((value) => ({ value, label: uiStrings.themes[value], icon: themeIcons[value] }))}
          chosen={chosen}
          onChoose={chooseTheme}
        />
        <MenuSeparator />
        <MenuItem icon={<LogOut />} onSelect={() => void signOut(window.location.origin)}>
          {strings.signOut}
        </MenuItem>
      </Menu>
    </div>
  );
}
