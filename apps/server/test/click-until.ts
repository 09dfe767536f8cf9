import type { Locator } from "playwright-core";
import { expect } from "vitest";

/** Clicks again, as a person would, when what was clicked was drawn anew between the two halves of the click. */
export async function clickUntil(target: Locator, isDone: () => boolean | Promise<boolean>): Promise<void> {
  const clicked = async () => {
    if (!(await isDone())) await target.click({ timeout: 2_000 }).catch(() => {});
    return await isDone();
  };
  await expect.poll(clicked, { timeout: 20_000, interval: 500 }).toBe(true);
}
