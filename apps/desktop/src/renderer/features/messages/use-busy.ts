import { useState } from "react";

/** Runs one thing at a time and knows while it runs. */
export function useBusy(): [boolean, (work: () => Promise<unknown>) => void] {
  const [isBusy, setBusy] = useState(false);
  const run = (work: () => Promise<unknown>) => {
    if (isBusy) return;
    setBusy(true);
    void work().finally(() => setBusy(false));
  };
  return [isBusy, run];
}
