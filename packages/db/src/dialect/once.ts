/** A value made when it is first asked for: what a process never needs costs its start nothing. */
export function once<TValue extends object>(make: () => TValue): () => TValue {
  let made: TValue | null = null;
  return () => (made ??= make());
}
