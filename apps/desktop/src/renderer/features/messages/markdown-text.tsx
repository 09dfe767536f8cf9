import { lazy, Suspense } from "react";

const load = () => import("./markdown.tsx");
const Markdown = lazy(async () => ({ default: (await load()).Markdown }));

/** Call when a conversation may soon be read: the parser is most of a page's code and not needed to write. */
export function preloadMarkdown(): void {
  // When it cannot be fetched, what is shown first says so; this was only a head start.
  load().catch(() => {});
}

/** A model's text; as it was written for as long as the parser is on its way. */
export function MarkdownText({ text, isGrowing }: { text: string; isGrowing: boolean }) {
  return (
    <Suspense fallback={<div className="prose whitespace-pre-wrap">{text.slice(0, 4_000)}</div>}>
      <Markdown text={text} isGrowing={isGrowing} />
    </Suspense>
  );
}
