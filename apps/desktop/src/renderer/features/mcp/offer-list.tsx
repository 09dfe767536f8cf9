import type { McpServer } from "@chatee/shared/mcp";
import { Command } from "cmdk";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { Button } from "../../ui/button.tsx";
import { Highlighted } from "../../ui/highlighted.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { hasWords } from "./offers.ts";
import { strings } from "./offers.strings.ts";

/** A line of the list: what it is called, what it says of itself, and small print. */
export type Offer<T> = { item: T; label: string; description: string | null; detail: string };

/** What one server offers, as far as it has answered. */
export type OfferGroup<T> = {
  server: McpServer;
  offers: readonly Offer<T>[];
  isPending: boolean;
  isFetching: boolean;
  error: unknown;
  refetch: () => unknown;
};

/** More than this of one server is not laid out; a search narrows it down. */
const maxShown = 100;

/** What several servers offer, with a field to search in it: typing, arrow keys and Enter are enough. */
export function OfferList<T>(props: {
  groups: readonly OfferGroup<T>[];
  label: string;
  /** What is said of a server that offers nothing. */
  noneOf: (server: string) => string;
  isBusy: boolean;
  problem: string | null;
  onChoose: (item: T, server: McpServer) => void;
}) {
  const { groups, label, isBusy, problem, onChoose } = props;
  const [typed, setTyped] = useState("");
  const input = useRef<HTMLInputElement>(null);
  // Also when one comes back to the list.
  useEffect(() => input.current?.focus(), []);
  const found = groups.map((group) => ({
    ...group,
    offers: group.offers.filter(({ label, description, detail }) => hasWords(typed, [label, description, detail])),
  }));
  const hasOffers = groups.some(({ offers }) => offers.length > 0);
  return (
    <>
      <Command shouldFilter={false} loop label={label}>
        <div className="relative">
          <span className="pointer-events-none absolute inset-y-0 left-2.5 grid place-items-center text-faint">
            {isBusy ? <Spinner /> : <Search aria-hidden className="size-4" />}
          </span>
          <Command.Input
            ref={input}
            data-first-focus
            value={typed}
            onValueChange={setTyped}
            placeholder={label}
            className="field pl-8.5!"
          />
        </div>
        <Command.List
          label={strings.found}
          className="mt-2 max-h-[min(380px,46vh)] overflow-y-auto [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
        >
          {found.map(
            ({ server, offers }) =>
              offers.length > 0 && (
                <Command.Group key={server.serverId} value={server.serverId} heading={server.name}>
                  {offers.slice(0, maxShown).map((offer, index) => (
                    <Command.Item
                      // eslint-disable-next-line react/no-array-index-key -- a server may give one name twice
                      key={index}
                      value={`${server.serverId} ${index}`}
                      onSelect={() => {
                        if (!isBusy) onChoose(offer.item, server);
                      }}
                      className="cursor-pointer rounded-lg px-2.5 py-1.5 data-[selected=true]:bg-active"
                    >
                      <Line offer={offer} typed={typed} />
                    </Command.Item>
                  ))}
                </Command.Group>
              ),
          )}
        </Command.List>
      </Command>
      <div role="status" className="space-y-1.5 px-2.5 text-[13px] text-muted not-empty:mt-2">
        {found.map(({ server, offers }) => {
          const left = offers.length - maxShown;
          return left > 0 && <p key={server.serverId}>{`${server.name}: ${strings.more(left)}`}</p>;
        })}
        {groups.map(({ server, isPending, error, offers }) => {
          if (isPending) {
            return (
              <p key={server.serverId} className="flex items-center gap-2.5">
                <Spinner /> {strings.asking(server.name)}
              </p>
            );
          }
          return !error && offers.length === 0 && <p key={server.serverId}>{props.noneOf(server.name)}</p>;
        })}
        {hasOffers && found.every(({ offers }) => offers.length === 0) && <p>{strings.noneFound}</p>}
        {isBusy && <p>{strings.fetching}</p>}
      </div>
      {groups.map(
        ({ server, error, isFetching, refetch }) =>
          Boolean(error) && (
            <div key={server.serverId} className="mt-2 flex flex-wrap items-center gap-3 px-2.5 text-[13px]">
              <p role="alert" className="min-w-48 flex-1 [overflow-wrap:anywhere] text-danger">
                <span className="font-medium">{server.name}</span>: {toProblem(error).sentence}
              </p>
              <Button size="small" busy={isFetching} onClick={() => void refetch()}>
                {strings.again}
              </Button>
            </div>
          ),
      )}
      {problem !== null && (
        <p role="alert" className="mt-2 px-2.5 text-[13px] [overflow-wrap:anywhere] text-danger">
          {problem}
        </p>
      )}
    </>
  );
}

function Line<T>({ offer: { label, description, detail }, typed }: { offer: Offer<T>; typed: string }) {
  return (
    <>
      <span className="block [overflow-wrap:anywhere]">
        <Highlighted text={label} query={typed} />
      </span>
      {description !== null && (
        <span className="line-clamp-2 text-[13px] [overflow-wrap:anywhere] text-muted">
          <Highlighted text={description} query={typed} />
        </span>
      )}
      {detail !== "" && (
        <span className="block truncate text-xs text-muted">
          <Highlighted text={detail} query={typed} />
        </span>
      )}
    </>
  );
}
