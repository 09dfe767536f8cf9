import type { Dialer, DialerOptions } from "@chatee/mcp-proxy/dialer/dialer";

/** The guarded way out, opened when somebody first wants to go: its library takes longer to load than the server to start. */
export function openOutboundDialer(options: DialerOptions) {
  let opened: Promise<Dialer> | null = null;

  async function open(): Promise<Dialer> {
    const { createDialer } = await import("@chatee/mcp-proxy/dialer/dialer");
    return createDialer(options);
  }
  return {
    dialer: async (): Promise<Dialer> => await (opened ??= open()),
    async [Symbol.asyncDispose]() {
      await (await opened)?.[Symbol.asyncDispose]();
    },
  };
}
