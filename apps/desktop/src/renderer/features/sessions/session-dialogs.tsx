import type { Session } from "@chatee/shared/sessions";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useId, useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { LateDialog } from "../../ui/late-dialog.tsx";
import { saveDraft } from "../messages/drafts.ts";
import { noteSession, refreshSessions } from "./session-cache.ts";
import { strings } from "./sessions.strings.ts";

const maxTitleChars = 200;

export function RenameDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const formId = useId();
  const [title, setTitle] = useState(session.title);
  const rename = useMutation(
    trpc.sessions.update.mutationOptions({
      onSuccess(updated) {
        noteSession(queryClient, trpc, updated);
        onClose();
      },
    }),
  );
  return (
    <LateDialog
      title={strings.renameTitle}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {strings.cancel}
          </Button>
          <Button type="submit" form={formId} look="primary" busy={rename.isPending} disabled={title.trim() === ""}>
            {strings.save}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate({ sessionId: session.sessionId, title });
        }}
      >
        <input
          className="field"
          aria-label={strings.title}
          value={title}
          maxLength={maxTitleChars}
          data-first-focus
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setTitle(event.target.value)}
        />
      </form>
      <ErrorLine error={rename.error} />
    </LateDialog>
  );
}

export function DeleteDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const openId = useParams({ strict: false }).sessionId;
  const remove = useMutation(
    trpc.sessions.delete.mutationOptions({
      async onSuccess() {
        saveDraft(session.sessionId, "");
        if (openId === session.sessionId) void navigate({ to: "/" });
        await refreshSessions(queryClient, trpc);
        onClose();
      },
    }),
  );
  return (
    <LateDialog
      title={strings.deleteTitle(session.title)}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {strings.cancel}
          </Button>
          <Button
            look="danger"
            data-first-focus
            busy={remove.isPending}
            onClick={() => remove.mutate({ sessionId: session.sessionId })}
          >
            {strings.delete}
          </Button>
        </>
      }
    >
      <p className="text-muted">{strings.deleteBody}</p>
      <ErrorLine error={remove.error} />
    </LateDialog>
  );
}

function ErrorLine({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <p role="alert" className="mt-2 text-[13px] text-danger">
      {toProblem(error).sentence}
    </p>
  );
}
