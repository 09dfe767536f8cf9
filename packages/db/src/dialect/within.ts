/**
 * The promise, or after `ms` a rejection that `isConnectionLost` knows. A result that comes after that goes
 * to `late`, so that what it holds can be given back.
 */
export function within<TResult>(
  ms: number,
  what: string,
  promise: Promise<TResult>,
  late: (result: TResult) => void = () => {},
): Promise<TResult> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(Object.assign(new Error(`${what} within ${ms} ms`), { code: "PROTOCOL_SEQUENCE_TIMEOUT" }));
    }, ms);
    promise.then(
      (result) => {
        if (isLate) return late(result);
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
