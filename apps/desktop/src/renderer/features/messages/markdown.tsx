import { cjk } from "@streamdown/cjk";
import { ImageOff } from "lucide-react";
import { memo, useDeferredValue, useMemo, useState } from "react";
import type { ComponentProps } from "react";
import { defaultRehypePlugins, Streamdown } from "streamdown";
import { CodeBox } from "./code-box.tsx";
import { withMath } from "./math-text.ts";
import { strings } from "./messages.strings.ts";
import { useMath } from "./use-math.ts";

/** Without rehype-raw, HTML in an answer is text. What remains passes an allow-list of elements, attributes and schemes. */
const rehypePlugins = defaultRehypePlugins["sanitize"] ? [defaultRehypePlugins["sanitize"]] : [];

const linkSchemes = new Set(["http:", "https:", "mailto:"]);
/** Longer texts are shown in two parts: laying out a megabyte of blocks would stop the page for seconds. */
const maxChars = 50_000;

function toUrl(address: string | undefined): URL | null {
  return URL.canParse(address ?? "") ? new URL(address ?? "") : null;
}

function SafeLink({ href, children }: ComponentProps<"a">) {
  const url = toUrl(href);
  if (!url || !linkSchemes.has(url.protocol)) return <span>{children}</span>;
  return (
    <a href={url.href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** An address of an image can carry a conversation away, so nothing is fetched before a person asks. */
function BlockedImage({ src, alt }: ComponentProps<"img">) {
  const url = toUrl(typeof src === "string" ? src : undefined);
  const isRemote = url?.protocol === "http:" || url?.protocol === "https:";
  const label = alt || (url && isRemote ? strings.imageBlocked(url.host) : "");
  const look =
    "inline-flex max-w-full items-center gap-1.5 rounded-md border border-line bg-sunken px-2 py-0.5 align-middle text-[13px] text-muted no-underline!";
  const inside = (
    <>
      <ImageOff aria-hidden className="size-3.5 shrink-0" />
      <span className="truncate">{label}</span>
    </>
  );
  if (!isRemote) return <span className={look}>{inside}</span>;
  return (
    <a
      className={look}
      href={url.href}
      title={`${url.href}\n${strings.imageBlockedHint}`}
      target="_blank"
      rel="noopener noreferrer"
    >
      {inside}
    </a>
  );
}

function ScrollingTable({ children }: ComponentProps<"table">) {
  return (
    <div className="overflow-x-auto">
      <table>{children}</table>
    </div>
  );
}

/** Plain elements instead of Streamdown's own widgets: the look comes from `.prose`. */
const components = {
  a: SafeLink,
  img: BlockedImage,
  pre: CodeBox,
  table: ScrollingTable,
  code: "code",
  inlineCode: "code",
  h1: "h1",
  h2: "h2",
  h3: "h3",
  h4: "h4",
  h5: "h5",
  h6: "h6",
  p: "p",
  ul: "ul",
  ol: "ol",
  li: "li",
  blockquote: "blockquote",
  strong: "strong",
  hr: "hr",
  thead: "thead",
  tbody: "tbody",
  tr: "tr",
  th: "th",
  td: "td",
} as const;

/**
 * A model's text. One path for what streams and for what is stored; finished blocks are not drawn again while
 * later ones grow, and while the page is busy some frames are skipped.
 */
export const Markdown = memo(function Markdown({ text, isGrowing }: { text: string; isGrowing: boolean }) {
  const shown = useDeferredValue(text);
  // The end of an answer is read anew, block by block: deferred, a key that is pressed meanwhile does not wait for all.
  const isUnfinished = useDeferredValue(isGrowing);
  const [showsRest, setShowsRest] = useState(false);
  const rest = shown.slice(maxChars);
  const part = rest === "" ? shown : shown.slice(0, maxChars);
  const math = useMath(part);
  const plugins = useMemo(() => (math ? { cjk, math } : { cjk }), [math]);
  return (
    <>
      <Streamdown
        className="prose"
        components={components as unknown as ComponentProps<typeof Streamdown>["components"]}
        rehypePlugins={rehypePlugins}
        parseIncompleteMarkdown={isUnfinished && rest === ""}
        controls={false}
        plugins={plugins}
      >
        {math ? withMath(part) : part}
      </Streamdown>
      {rest !== "" &&
        (showsRest ? (
          <pre className="mt-3 font-mono text-[13px] whitespace-pre-wrap">{rest}</pre>
        ) : (
          <button
            type="button"
            className="mt-3 font-medium text-accent hover:underline"
            onClick={() => setShowsRest(true)}
          >
            {strings.showRest(rest.length)}
          </button>
        ))}
    </>
  );
});
