/** The end of a text that may be endless. */
export type TextTail = {
  append: (chunk: Uint8Array | string) => void;
  /** At most the last `maxBytes`, whole characters only. */
  read: () => string;
};

/** Keeps the last `maxBytes` of what is appended; never more than twice that in memory. */
export function createTextTail(maxBytes: number): TextTail {
  let kept = Buffer.alloc(0);
  return {
    append(chunk) {
      const added = typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk);
      kept = Buffer.concat([kept, added.subarray(-maxBytes)]).subarray(-maxBytes);
    },
    read() {
      // Bytes 10xxxxxx continue a character whose beginning has been dropped.
      let start = 0;
      while (kept.length === maxBytes && start < 3 && ((kept[start] ?? 0) & 0xc0) === 0x80) start++;
      return kept.subarray(start).toString("utf8");
    },
  };
}
