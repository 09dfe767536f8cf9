import type { Session, SessionType } from "@chatee/shared/sessions";
import { Link } from "@tanstack/react-router";
import { Bot, Braces, Ellipsis, FileText, Pencil, Pin, PinOff, Telescope, Trash2 } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { memo } from "react";
import { IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Highlighted } from "../../ui/highlighted.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { relativeTime } from "../../ui/relative-time.ts";
import { toPlainLine } from "./plain-line.ts";
import type { SessionFormat } from "./session-file.ts";
import { strings } from "./sessions.strings.ts";

type SessionRowProps = {
  session: Session;
  isOpen: boolean;
  /** A question of its answer is open. */
  waits: boolean;
  /** What is searched for; its words stand out. */
  query: string;
  nowMs: number;
  onPin: (session: Session) => void;
  onRename: (session: Session) => void;
  onExport: (session: Session, format: SessionFormat) => void;
  onDelete: (session: Session) => void;
};

/** An ordinary chat needs no sign, and a temporary one is not listed. */
const typeIcons: Partial<Record<SessionType, LucideIcon>> = { agent: Bot, research: Telescope };

export const SessionRow = memo(function SessionRow(props: SessionRowProps) {
  const { session, isOpen, waits, query, nowMs, onPin, onRename, onExport, onDelete } = props;
  const { title, previewText, activeRunId } = session;
  const Icon = typeIcons[session.sessionType];
  return (
    <div className="group relative mx-2 mb-px">
      <Link
        to="/sessions/$sessionId"
        params={{ sessionId: session.sessionId }}
        aria-current={isOpen ? "page" : undefined}
        className={classNames(
          "block rounded-lg px-2.5 py-1.5 focus-visible:-outline-offset-2",
          isOpen ? "bg-active" : "group-focus-within:bg-hover group-hover:bg-hover",
        )}
      >
        <span className="flex items-center gap-2">
          {Icon && <Icon aria-hidden className="size-3.5 shrink-0 text-muted" />}
          <span className={classNames("min-w-0 flex-1 truncate", isOpen && "font-medium")}>
            <Highlighted text={title} query={query} />
          </span>
          {waits ? (
            <span className="writing-dot shrink-0 bg-warn!" title={strings.waits}>
              <span className="sr-only">{strings.waits}</span>
            </span>
          ) : activeRunId !== null ? (
            <span className="writing-dot shrink-0" title={strings.writing}>
              <span className="sr-only">{strings.writing}</span>
            </span>
          ) : (
            <time
              dateTime={new Date(session.updatedAtMs).toISOString()}
              className={classNames(
                "shrink-0 text-xs tabular-nums group-focus-within:invisible group-hover:invisible pointer-coarse:mr-7",
                isOpen ? "text-muted" : "text-faint",
              )}
            >
              {relativeTime(session.updatedAtMs, nowMs)}
            </time>
          )}
        </span>
        <span className="block truncate text-[12.5px] leading-[1.45] text-muted">
          {previewText ? <Highlighted text={toPlainLine(previewText)} query={query} /> : "\u00a0"}
        </span>
      </Link>
      <div className="absolute top-1 right-1 opacity-0 pointer-coarse:-top-px group-focus-within:opacity-100 group-hover:opacity-100 has-[[aria-expanded=true]]:opacity-100 pointer-coarse:opacity-100">
        <Menu
          label={strings.actionsFor(title)}
          align="end"
          trigger={
            <IconButton label={strings.actionsFor(title)} size="small">
              <Ellipsis />
            </IconButton>
          }
        >
          <MenuItem icon={session.pinnedAtMs === null ? <Pin /> : <PinOff />} onSelect={() => onPin(session)}>
            {session.pinnedAtMs === null ? strings.pin : strings.unpin}
          </MenuItem>
          <MenuItem icon={<Pencil />} onSelect={() => onRename(session)}>
            {strings.rename}
          </MenuItem>
          <MenuItem icon={<FileText />} onSelect={() => onExport(session, "markdown")}>
            {strings.exportMarkdown}
          </MenuItem>
          <MenuItem icon={<Braces />} onSelect={() => onExport(session, "json")}>
            {strings.exportJson}
          </MenuItem>
          <MenuItem icon={<Trash2 />} danger onSelect={() => onDelete(session)}>
            {strings.delete}
          </MenuItem>
        </Menu>
      </div>
    </div>
  );
});
