import type { McpServer } from "@chatee/shared/mcp";
import { useNavigate } from "@tanstack/react-router";
import { FilePlus2, Plug, Settings2, TextQuote } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { classNames } from "../../ui/class-names.ts";
import { Menu, MenuCheck, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import type { Insertion } from "../messages/insertion.ts";
import { strings } from "./mcp.strings.ts";

const OfferDialog = lazy(async () => ({ default: (await import("./offer-dialog.tsx")).OfferDialog }));

/** Which servers give this chat their tools, and what else they have for a message. It stays open while one chooses. */
export function ServerPicker(props: {
  servers: readonly McpServer[];
  attachedIds: readonly string[];
  onChange: (serverIds: string[]) => void;
  /** Puts something of theirs into the message that is being written. */
  onInsert: (insertion: Insertion) => void;
}) {
  const { attachedIds, onChange } = props;
  const [offers, setOffers] = useState<"prompts" | "resources" | null>(null);
  const navigate = useNavigate();
  const servers = props.servers.filter(({ enabled }) => enabled);
  const attached = servers.filter(({ serverId }) => attachedIds.includes(serverId));
  function toggle(serverId: string): void {
    const others = attached.map((server) => server.serverId).filter((one) => one !== serverId);
    onChange(others.length === attached.length ? [...others, serverId] : others);
  }
  const label = attached.length === 1 ? attached[0]?.name : strings.attached(attached.length);
  const shown = attached.length > 0 ? label : strings.noneAttached;
  return (
    <>
      <Menu
        label={strings.attach}
        className="w-72"
        trigger={
          <button
            type="button"
            aria-label={`${shown}, ${strings.attach}`}
            title={strings.attach}
            className={classNames(
              "flex h-8 max-w-full min-w-0 items-center gap-1.5 rounded-lg px-2 text-[13px] font-medium hover:bg-hover hover:text-ink",
              attached.length > 0 ? "text-accent" : "text-muted",
            )}
          >
            <Plug aria-hidden className="size-3.5 shrink-0" />
            <span className="truncate">{shown}</span>
          </button>
        }
      >
        {servers.length === 0 && <p className="px-2.5 py-1.5 text-muted">{strings.attachNone}</p>}
        {servers.map(({ serverId, name, url, type }) => (
          <MenuCheck
            key={serverId}
            checked={attachedIds.includes(serverId)}
            hint={url ?? strings.kinds[type]}
            onCheck={() => toggle(serverId)}
          >
            {name}
          </MenuCheck>
        ))}
        <MenuSeparator />
        {attached.length > 0 && (
          <>
            <MenuItem icon={<TextQuote />} onSelect={() => setOffers("prompts")}>
              {strings.insertPrompt}
            </MenuItem>
            <MenuItem icon={<FilePlus2 />} onSelect={() => setOffers("resources")}>
              {strings.addResource}
            </MenuItem>
            <MenuSeparator />
          </>
        )}
        <MenuItem
          icon={<Settings2 />}
          onSelect={() => void navigate({ to: "/settings/$screen", params: { screen: "mcp" } })}
        >
          {strings.manage}
        </MenuItem>
      </Menu>
      {offers !== null && (
        <Suspense fallback={null}>
          <OfferDialog kind={offers} servers={attached} onInsert={props.onInsert} onClose={() => setOffers(null)} />
        </Suspense>
      )}
    </>
  );
}
