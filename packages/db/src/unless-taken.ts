import { isUniqueViolation } from "./violations.ts";

/**
 * Waits for a write that inserts rows; false when an id or another unique key of theirs is taken, by whomever.
 * Nothing was written then.
 */
export async function unlessTaken(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}
