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
