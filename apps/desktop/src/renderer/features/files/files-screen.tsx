import type { StoredFile } from "@chatee/shared/files";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Download, Files as FilesIcon, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useStore } from "../../api/store.ts";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { locale } from "../../i18n/locale.ts";
import { LoadFailed, Loading } from "../../ui/load-state.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useSettled } from "../../ui/use-settled.ts";
import { SettingsPage } from "../settings/settings-page.tsx";
import { AttachButton, AttachingFiles, FileDrop } from "./attaching-list.tsx";
import { attachingOf } from "./attaching.ts";
import { FileThumb } from "./file-chip.tsx";
import { fileSize } from "./file-size.ts";
import { strings } from "./files.strings.ts";
import { fileUrl } from "./upload-file.ts";

const pageSize = 50;

/** Everything that was uploaded, newest first. */
export function FilesScreen() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [search, setSearch] = useState("");
  const settled = useSettled(search.trim(), 200);
  const [deleting, setDeleting] = useState<StoredFile | null>(null);
  const list = useInfiniteQuery(
    trpc.files.list.infiniteQueryOptions(
      { limit: pageSize, search: settled },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const files = list.data?.pages.flatMap((page) => page.files) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  const uploads = attachingOf("files-screen");
  const isUploaded = useStore(uploads).some(({ state }) => state === "ready");
  useEffect(() => {
    if (!isUploaded) return;
    // What has arrived is in the list below.
    for (const { key, state } of uploads.get()) if (state === "ready") uploads.remove(key);
    void queryClient.invalidateQueries(trpc.files.list.pathFilter());
  }, [isUploaded, uploads, queryClient, trpc]);
  return (
    <FileDrop className="h-full" onFiles={uploads.add}>
      <SettingsPage
        title={strings.title}
        subtitle={strings.subtitle}
        actions={<AttachButton label={strings.add} onFiles={uploads.add} />}
      >
        <input
          type="search"
          value={search}
          aria-label={strings.search}
          placeholder={strings.search}
          onChange={(event) => setSearch(event.target.value)}
          className="mb-3 h-9 w-full rounded-lg border border-line-strong bg-raised px-3 outline-none placeholder:text-faint focus:border-accent"
        />
        <AttachingFiles list={uploads} />
        {list.isPending && <Loading>{strings.loading}</Loading>}
        {list.isError && (
          <LoadFailed retry={strings.again} onRetry={() => void list.refetch()}>
            {strings.loadFailed} {toProblem(list.error).sentence}
          </LoadFailed>
        )}
        {list.isSuccess && files.length === 0 && <Nothing isSearch={settled !== ""} />}
        {files.length > 0 && (
          <>
            <p className="mb-1.5 text-[13px] text-muted tabular-nums">{strings.total(total)}</p>
            <ul aria-label={strings.title} className="divide-y divide-line rounded-xl border border-line bg-raised">
              {files.map((file) => (
                <FileRow key={file.fileId} file={file} onDelete={() => setDeleting(file)} />
              ))}
            </ul>
          </>
        )}
        {list.hasNextPage && (
          <Button className="mt-3" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {strings.more}
          </Button>
        )}
        {deleting && <DeleteDialog file={deleting} onClose={() => setDeleting(null)} />}
      </SettingsPage>
    </FileDrop>
  );
}

function Nothing({ isSearch }: { isSearch: boolean }) {
  if (isSearch) return <p className="py-6 text-center text-muted">{strings.noneFound}</p>;
  return (
    <div className="py-12 text-center">
      <FilesIcon aria-hidden className="mx-auto mb-3 size-7 text-faint" />
      <p className="font-medium">{strings.none}</p>
      <p className="mt-1 text-muted">{strings.noneBody}</p>
    </div>
  );
}

function FileRow({ file, onDelete }: { file: StoredFile; onDelete: () => void }) {
  const when = new Date(file.createdAtMs).toLocaleDateString(locale.get());
  const size = file.width && file.height ? `, ${file.width} × ${file.height}` : "";
  return (
    <li className="flex items-center gap-3 px-3 py-2" data-file={file.name}>
      <FileThumb file={file} />
      <div className="min-w-0 flex-1">
        <p className="truncate">{file.name}</p>
        <p className="truncate text-[13px] text-muted tabular-nums">
          {fileSize(file.sizeBytes)}
          {size}, {when}
        </p>
      </div>
      <a
        href={fileUrl(file.fileId, { download: true })}
        download={file.name}
        aria-label={strings.download(file.name)}
        title={strings.download(file.name)}
        className="grid size-[34px] place-items-center rounded-lg text-muted hover:bg-hover hover:text-ink"
      >
        <Download aria-hidden className="size-[17px]" />
      </a>
      <IconButton label={strings.delete(file.name)} onClick={onDelete}>
        <Trash2 />
      </IconButton>
    </li>
  );
}

/** Asks once more where messages refer to the file. */
function DeleteDialog({ file, onClose }: { file: StoredFile; onClose: () => void }) {
  const { client } = useApi();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const removal = useMutation({
    mutationFn: (force: boolean) => client.files.delete.mutate({ fileId: file.fileId, force }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.files.list.pathFilter());
      onClose();
    },
  });
  const problem = removal.isError ? toProblem(removal.error) : null;
  const uses = problem?.kind === "failure" && problem.failure.code === "file.in_use" ? problem.failure.uses : null;
  return (
    <Dialog
      title={strings.deleteTitle(file.name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{strings.cancel}</Button>
          <Button look="danger" busy={removal.isPending} onClick={() => removal.mutate(uses !== null)}>
            {uses ? strings.deleteAnyway : strings.deleteNow}
          </Button>
        </>
      }
    >
      <p className="text-muted">{uses ? strings.inUse : strings.deleteBody}</p>
      {uses && (
        <ul className="mt-2 list-disc pl-5">
          {[...new Set(uses.map(({ sessionTitle }) => sessionTitle))].map((title) => (
            <li key={title}>{title}</li>
          ))}
        </ul>
      )}
      {problem && !uses && (
        <p role="alert" className="mt-2 text-danger">
          {problem.sentence}
        </p>
      )}
    </Dialog>
  );
}
