import type { Attachment } from "@chatee/shared/attachments";
import { File, FileImage, FileText } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { PictureButton } from "../../ui/picture-button.tsx";
import { strings } from "./files.strings.ts";
import { fileSize } from "./file-size.ts";
import { fileUrl, thumbnailUrl } from "./upload-file.ts";

const shownImage = /^image\/(png|jpeg|gif|webp|avif)$/;
const icons = { image: FileImage, text: FileText, pdf: FileText, other: File };

export function isShownImage({ mimeType }: Pick<Attachment, "mimeType">): boolean {
  return shownImage.test(mimeType);
}

/** The small picture of a file, or the whole one where there is no small one; null when it cannot be shown. */
function usePicture(fileId: string, isSmall: boolean): { src: string | null; onError: () => void } {
  const sources = isSmall ? [thumbnailUrl(fileId), fileUrl(fileId)] : [fileUrl(fileId)];
  const [failures, setFailures] = useState(0);
  return { src: sources[failures] ?? null, onError: () => setFailures(failures + 1) };
}

/** A small picture of a file; a sign for its kind where it has none. */
export function FileThumb({ file }: { file: Pick<Attachment, "fileId" | "mimeType" | "kind"> }) {
  const { src, onError } = usePicture(file.fileId, true);
  const Icon = icons[file.kind];
  return (
    <span className="grid size-8 shrink-0 place-items-center overflow-hidden rounded-lg bg-accent-soft text-accent">
      {isShownImage(file) && src !== null ? (
        <img src={src} alt="" loading="lazy" decoding="async" className="size-full object-cover" onError={onError} />
      ) : (
        <Icon aria-hidden className="size-4" />
      )}
    </span>
  );
}

/** A file as a card. `children` stand at its end. */
export function FileChip(props: {
  thumb: ReactNode;
  name: string;
  detail: string;
  isBad?: boolean;
  children?: ReactNode;
}) {
  return (
    <span
      data-file={props.name}
      className="flex max-w-64 items-center gap-2.5 rounded-xl border border-line bg-raised px-2.5 py-1.5 text-left"
    >
      {props.thumb}
      <span className="min-w-0 flex-1">
        <span className="block truncate text-[13px] leading-5 font-medium">{props.name}</span>
        <span className={`block truncate text-xs tabular-nums ${props.isBad ? "text-danger" : "text-muted"}`}>
          {props.detail}
        </span>
      </span>
      {props.children}
    </span>
  );
}

/** What a message carries: pictures to look at, everything else to save. */
export function MessageFiles({ files }: { files: readonly Attachment[] }) {
  if (files.length === 0) return null;
  return (
    <ul aria-label={strings.attached} className="mb-2 flex flex-wrap justify-end gap-2">
      {files.map((file) => (
        <li key={file.fileId}>{isShownImage(file) ? <Picture file={file} /> : <Saved file={file} />}</li>
      ))}
    </ul>
  );
}

/** Smaller than this, a picture is as quick to fetch as a thumbnail. */
const lightBytes = 64 * 1024;

function Picture({ file }: { file: Attachment }) {
  // What moves is shown moving.
  const isSmall = file.sizeBytes > lightBytes && file.mimeType !== "image/gif";
  const { src, onError } = usePicture(file.fileId, isSmall);
  if (src === null) return <FileChip thumb={<FileThumb file={file} />} name={file.name} detail={strings.gone} />;
  const { width, height } = file;
  return (
    <PictureButton
      label={strings.open(file.name)}
      picture={{
        src: fileUrl(file.fileId),
        name: file.name,
        download: { href: fileUrl(file.fileId, { download: true }), fileName: file.name },
      }}
      className="inline-grid min-h-8 min-w-8 place-items-center rounded-xl"
    >
      <img
        data-file={file.name}
        src={src}
        alt={file.name}
        // Its room is kept while it loads, so that nothing below it moves.
        {...(width && height ? { width, height } : {})}
        decoding="async"
        className="h-auto max-h-60 w-auto max-w-full rounded-xl border border-line bg-raised object-contain"
        onError={onError}
      />
    </PictureButton>
  );
}

function Saved({ file }: { file: Attachment }) {
  return (
    <a href={fileUrl(file.fileId, { download: true })} download={file.name} title={strings.download(file.name)}>
      <FileChip thumb={<FileThumb file={file} />} name={file.name} detail={fileSize(file.sizeBytes)} />
    </a>
  );
}
