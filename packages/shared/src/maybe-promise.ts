/** A value that is here already, or will be: what every request asks for and memory mostly knows costs no turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>;

/** What `use` makes of a value: at once when it is here, and otherwise when it is. */
export function whenHere<T, R>(value: MaybePromise<T>, use: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}
