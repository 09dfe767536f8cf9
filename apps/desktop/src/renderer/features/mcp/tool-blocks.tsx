import type { ToolBlock } from "@chatee/shared/mcp";
import { PictureButton } from "../../ui/picture-button.tsx";
import { Data } from "../messages/tool-data.tsx";
import { strings } from "./mcp.strings.ts";

/** Pixels only: a drawing in SVG is a program. */
const shownImages = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/** What a tool answered, part by part. Nothing is fetched, and nothing is markup: pictures carry their own data. */
export function ToolBlocks({ label, blocks }: { label: string; blocks: readonly ToolBlock[] }) {
  return blocks.map((block, index) => {
    const title = index === 0 ? label : "";
    // eslint-disable-next-line react/no-array-index-key -- parts of an answer never move
    return <Block key={index} label={title} block={block} />;
  });
}

function Block({ label, block }: { label: string; block: ToolBlock }) {
  switch (block.type) {
    case "text":
      return <Data label={label || strings.blocks.text} text={block.text} />;
    case "structured":
      return <Data label={strings.blocks.structured} text={JSON.stringify(block.data, null, 2)} />;
    case "image":
      return shownImages.includes(block.mimeType) ? (
        <Picture src={`data:${block.mimeType};base64,${block.data}`} ending={block.mimeType.slice("image/".length)} />
      ) : (
        <Left what={`${strings.blocks.image}, ${block.mimeType}`} />
      );
    case "audio":
      return <Left what={`${strings.blocks.audio}, ${block.mimeType}`} />;
    case "resource_link":
      return <Data label={`${strings.blocks.link}: ${block.title ?? block.name}`} text={block.uri} />;
    case "resource":
      return block.text === undefined ? (
        <Left what={`${block.uri}, ${block.mimeType ?? strings.blocks.bytes}`} />
      ) : (
        <Data label={block.uri} text={block.text} />
      );
  }
}

function Picture({ src, ending }: { src: string; ending: string }) {
  const name = strings.blocks.image;
  return (
    <figure className="px-3 py-2.5">
      <PictureButton
        label={strings.blocks.openImage}
        picture={{ src, name, download: { href: src, fileName: `${name}.${ending}` } }}
        className="rounded-lg"
      >
        <img src={src} alt={name} className="max-h-96 max-w-full rounded-lg border border-line" />
      </PictureButton>
    </figure>
  );
}

function Left({ what }: { what: string }) {
  return <p className="px-3 py-2.5 text-[13px] [overflow-wrap:anywhere] text-muted">{strings.blocks.notShown(what)}</p>;
}
