/** Bytes `start` to `end`, both included. */
export type ByteRange = { start: number; end: number };

/** Content that arrived whole and is not a file yet: it is kept under an id, or discarded. */
export type Incoming = {
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
  /** Makes it the content of this file, whole or not at all. */
  keep: (fileId: string) => Promise<void>;
  discard: () => Promise<void>;
};

/**
 * Where the bytes of files are. A file's id is ours and its only name here: what a person called it never gets this
 * far. A content is written once and never changed.
 */
export type FileStorage = {
  /**
   * Takes a content in, without holding it in memory. When it ends in an error, or is larger than `maxBytes`, nothing
   * of it stays.
   *
   * @throws DomainError `input.too_large`
   */
  take: (content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, maxBytes: number) => Promise<Incoming>;
  has: (fileId: string) => Promise<boolean>;
  /** The content, or a part of it. Fails while it is read when it is not there. */
  read: (fileId: string, range?: ByteRange) => AsyncIterable<Uint8Array>;
  /** Harmless when it is not there. */
  remove: (fileId: string) => Promise<void>;
  /** Ids of contents that were last written before `beforeMs`, some at a time. */
  older: (beforeMs: number) => AsyncIterable<string[]>;
  /** Throws away what was being taken in before `beforeMs` and never became a file. */
  tidy: (beforeMs: number) => Promise<void>;
};
