/** Bounds on what one server may take. Times in milliseconds, sizes in bytes. */
export type ConnectionLimits = {
  /** From nothing to a server that has introduced itself. */
  connectMs: number;
  /** A started program that does not answer the first question is asked the older one after this long. */
  stdioProbeMs: number;
  /** A request without progress for this long is given up. Time in which the user is asked something does not count. */
  idleMs: number;
  /** A request is given up after this long whatever its progress. Time in which the user is asked does not count. */
  totalMs: number;
  /** One message, one event, one response. */
  maxMessageBytes: number;
  /** Pages and entries of one list; what comes after is left out. */
  maxPages: number;
  maxItems: number;
  /** Questions to the user that may be open at once per connection; further ones are answered with "cancel". */
  maxOpenElicitations: number;
  /** How long a list without a lifetime of its own is believed: when the server promises to tell of changes, and when not. */
  announcedListMs: number;
  silentListMs: number;
};

export const defaultLimits: ConnectionLimits = {
  connectMs: 30_000,
  stdioProbeMs: 10_000,
  idleMs: 60_000,
  totalMs: 15 * 60_000,
  maxMessageBytes: 32 * 1024 * 1024,
  maxPages: 50,
  maxItems: 2_000,
  maxOpenElicitations: 8,
  announcedListMs: 5 * 60_000,
  silentListMs: 30_000,
};
