/**
 * The promise, or after `ms` a rejection that `isConnectionLost` knows. A result that comes after that goes
 * to `late`, so that what it holds can be given back.
 */
export async function within<TResult>(
  ms: number,
  what: string,
  promise: Promise<TResult>,
  late: (result: TResult) => void = () => {},
): Promise<TResult> {
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const alarm = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(Object.assign(new Error(`${what} within ${ms} ms`), { code: "PROTOCOL_SEQUENCE_TIMEOUT" }));
    }, ms);
  });
  promise.then(
    (result) => {
      if (isLate) late(result);
    },
    () => {},
  );
  try {
    return await Promise.race([promise, alarm]);
  } finally {
    clearTimeout(timer);
  }
}
