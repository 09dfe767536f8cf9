import { toVisibleValue } from "./visible-value.ts";

/** What the server is asked by, and bytes that are no text. */
const exactKeys = new Set(["uri", "uriTemplate", "name", "mimeType", "blob", "data"]);

/** A prompt or a resource, described or read, as a user may be shown it and a model may be told: without hidden characters. */
export function toVisibleOffer<TOffer>(offer: TOffer): TOffer {
  return toVisibleValue(offer, { exactKeys });
}
