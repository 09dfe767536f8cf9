import type { BaseWindow } from "electron";
import type { Asks } from "./person.ts";
import type { ShellStrings } from "./shell.strings.ts";

/** Who knows about newer versions, and fetches them. None by default: the app asks nobody by itself. */
export type UpdateSource = {
  check: () => Promise<{ version: string } | null>;
  /** Fetches it, checks its signature, and installs it when the app quits. */
  install: (version: string) => Promise<void>;
};

export type UpdateResult = "none" | "declined" | "installing" | "failed";

/** Looks for a newer version when the person asks, and takes it when they say so. */
export async function runUpdate(
  source: UpdateSource,
  confirm: (version: string) => Promise<boolean>,
): Promise<UpdateResult> {
  try {
    const found = await source.check();
    if (!found) return "none";
    if (!(await confirm(found.version))) return "declined";
    await source.install(found.version);
    return "installing";
  } catch {
    return "failed";
  }
}

/** The same as a talk with the person at `window`, who is told of every end that shows nothing by itself. */
export async function offerUpdate(
  source: UpdateSource | null,
  { person, strings, window }: { person: Pick<Asks, "choose">; strings: ShellStrings; window: BaseWindow | null },
): Promise<void> {
  const confirm = async (version: string) => {
    const buttons = [strings.cancel, strings.install];
    const question = { title: strings.updateTitle(version), body: strings.updateBody, buttons };
    return (await person.choose(window, question)) === 1;
  };
  const result = source ? await runUpdate(source, confirm) : "none";
  if (result !== "none" && result !== "failed") return;
  const body = result === "none" ? strings.noUpdate : strings.updateFailed;
  await person.choose(window, { title: strings.app, body, buttons: [strings.ok] });
}
