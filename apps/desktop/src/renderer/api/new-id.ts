import { uuidv7 } from "@chatee/shared/uuid";

/** An id that this tab mints, so that a repeated request meets its first one. */
export function newId(): string {
  return uuidv7(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
}
