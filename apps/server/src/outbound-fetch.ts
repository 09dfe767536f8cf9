/**
 * The fetch that providers use. Node's own gives up on a body that is quiet for 300 s, and a model may think
 * longer; how long is too long is decided where the stream is read. Loaded at the first request.
 */
export function createOutboundFetch(): typeof globalThis.fetch {
  let opened: Promise<typeof globalThis.fetch> | null = null;

  async function open(): Promise<typeof globalThis.fetch> {
    const { Agent, fetch } = await import("undici");
    const dispatcher = new Agent({
      bodyTimeout: 0,
      headersTimeout: 0,
      connect: { timeout: 10_000 },
      keepAliveTimeout: 30_000,
    });
    return (async (input: never, init: RequestInit | undefined) =>
      await fetch(input, { ...(init as object), dispatcher })) as never;
  }
  return async (input, init) => {
    opened ??= open();
    return await (
      await opened
    )(input, init);
  };
}
