import { expect, test } from "vitest";
import { createStillEnvironment } from "../testing/call-context.ts";
import { createSharedWork } from "./shared-work.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const stays = () => new AbortController().signal;

function setUp() {
  const { environment, advance, log } = createStillEnvironment();
  const shared = createSharedWork<string>(environment, {
    maxMs: 100,
    expired: () => new Error("expired"),
    lonelyFailure: "nobody heard",
  });
  /** Work that ends when the test says so, or with its signal. */
  const begun: (PromiseWithResolvers<string> & { signal: AbortSignal })[] = [];
  const work = (signal: AbortSignal) => {
    const one = { ...Promise.withResolvers<string>(), signal };
    signal.addEventListener("abort", () => one.reject(signal.reason), { once: true });
    begun.push(one);
    return one.promise;
  };
  const join = (key: string, signal = stays()) =>
    shared.join(key, signal, work).catch((error: unknown) => String(error));
  return { shared, join, begun, advance, log };
}

test("is done once for all who wait under its key, and anew once it has ended", async () => {
  const { join, begun } = setUp();
  const waiting = [join("a"), join("a"), join("b")];
  expect(begun).toHaveLength(2);
  begun[0]?.resolve("done");
  begun[1]?.resolve("other");
  expect(await Promise.all(waiting)).toEqual(["done", "done", "other"]);
  void join("a");
  expect(begun).toHaveLength(3);
});

test("ends with none of those who wait, but at its deadline; a failure that nobody hears is logged", async () => {
  const { join, begun, advance, log } = setUp();
  const leaving = new AbortController();
  const [left, stayed] = [join("a", leaving.signal), join("a")];
  leaving.abort(new Error("left"));
  expect(await left).toBe("Error: left");
  expect(begun[0]?.signal.aborted).toBe(false);
  advance(100);
  expect(await stayed).toBe("Error: expired");
  expect(log).toEqual([]);

  const alone = new AbortController();
  const other = join("b", alone.signal);
  alone.abort(new Error("left"));
  await other;
  begun[1]?.reject(new Error("broken"));
  await settle();
  expect(log.map(({ phrase }) => phrase)).toEqual(["nobody heard"]);
  expect(await join("c", AbortSignal.abort(new Error("gone")))).toBe("Error: gone");
  expect(begun).toHaveLength(2);
});

test("a stop ends all of it, and waits for it no longer than it may", async () => {
  const { shared, join, begun, advance } = setUp();
  const waiting = join("a");
  const stubborn = shared.join("b", stays(), () => new Promise<string>(() => {})).catch(() => "never");
  let isStopped = false;
  const stopping = shared.stop(50).then(() => (isStopped = true));
  expect(await waiting).toBe("Error: the server is stopping");
  expect(begun[0]?.signal.aborted).toBe(true);
  await settle();
  expect(isStopped).toBe(false);
  advance(50);
  await stopping;
  expect(await Promise.race([stubborn, settle()])).toBeUndefined();
});
