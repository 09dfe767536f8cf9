import type { Session } from "@chatee/shared/sessions";
import { useCallback } from "react";
import { toProblem } from "../../api/problem.ts";
import { useApi } from "../../api/trpc.tsx";
import { saveText } from "../../ui/save-text.ts";
import { toast } from "../../ui/toast.tsx";
import type { SessionFormat } from "./session-file.ts";

/** Saves a session as a file; the code that writes one is fetched when it is first asked for. */
export function useExport(): (session: Session, format: SessionFormat) => void {
  const { client } = useApi();
  return useCallback(
    (session, format) => {
      async function save(): Promise<void> {
        const { toSessionFile } = await import("./session-file.ts");
        saveText(await toSessionFile(client, session, format));
      }
      save().catch((error: unknown) => toast(toProblem(error).sentence));
    },
    [client],
  );
}
