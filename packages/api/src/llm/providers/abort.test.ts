import { describe, expect, test, vi } from "vitest";
import { ask, open, realDeps, startMock, startServer, wires } from "../testing/model-server.ts";
import { partialStream } from "../testing/partial-streams.ts";

describe.each(wires)("$provider at $path", (wire) => {
  const { provider, model, path } = wire;
  const client = (url: string, deps = realDeps) => open({ provider, apiUrl: url + path }, deps);

  test.each(["before the answer begins", "in the middle of the answer"])(
    "an abort %s closes the upstream within a second",
    async (when) => {
      const { contentType, begin } = partialStream(wire);
      const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
      await using server = await startServer((_, response) => {
        if (when !== "before the answer begins") response.writeHead(200, { "content-type": contentType }).write(begin);
        onAsked();
      });
      const reason = new Error("the user pressed stop");
      const stop = new AbortController();
      const events = (await client(server.url)).stream(ask("hello", { model }), stop.signal)[Symbol.asyncIterator]();
      if (when === "before the answer begins") void asked.then(() => stop.abort(reason));
      else {
        expect((await events.next()).value).toMatchObject({ type: "content", text: "Hello" });
        queueMicrotask(() => stop.abort(reason));
      }
      await expect(events.next()).rejects.toBe(reason);
      const abortedAtMs = performance.now();
      await server.hungUp;
      expect(performance.now() - abortedAtMs).toBeLessThan(1000);
    },
  );

  test("leaving the loop closes the upstream too", async () => {
    const { contentType, begin } = partialStream(wire);
    await using server = await startServer(
      (_, response) => void response.writeHead(200, { "content-type": contentType }).write(begin),
    );
    for await (const event of (await client(server.url)).stream(
      ask("hello", { model }),
      new AbortController().signal,
    )) {
      expect(event).toMatchObject({ type: "content", text: "Hello" });
      break;
    }
    await server.hungUp;
  });

  test("an abort passes at once even when the connection ignores it", async () => {
    const stop = new AbortController();
    const deaf = { ...realDeps, fetch: () => new Promise<never>(() => queueMicrotask(() => stop.abort("enough"))) };
    const events = (await client("http://127.0.0.1:1", deaf)).stream(ask("hello", { model }), stop.signal);
    await expect(events[Symbol.asyncIterator]().next()).rejects.toBe("enough");
  });

  test("a signal that is aborted already, or a stream nobody iterates, sends nothing", async () => {
    await using mock = await startMock();
    const fetch = vi.fn(realDeps.fetch);
    const provided = await client(mock.url, { ...realDeps, fetch });
    provided.stream(ask("hello", { model }), new AbortController().signal);
    const aborted = provided.stream(ask("hello", { model }), AbortSignal.abort("gone"));
    await expect(aborted[Symbol.asyncIterator]().next()).rejects.toBe("gone");
    await expect(provided.models(AbortSignal.abort("gone"))).rejects.toBe("gone");
    expect(fetch).not.toHaveBeenCalled();
  });
});
