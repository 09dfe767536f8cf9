/** What tests use of a package that ships no types. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  type Grant = {
    addOIDCScope: (scope: string) => void;
    addResourceScope: (resource: string, scope: string) => void;
    save: () => Promise<string>;
  };
  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    callback: () => (request: IncomingMessage, response: ServerResponse) => void;
    on: (event: string, listener: (...given: unknown[]) => void) => void;
    Grant: new (of: { accountId: string; clientId: string }) => Grant;
    Client: { adapter: { destroy: (clientId: string) => Promise<void> } };
    interactionDetails: (
      request: IncomingMessage,
      response: ServerResponse,
    ) => Promise<{ params: Record<string, string> }>;
    interactionFinished: (
      request: IncomingMessage,
      response: ServerResponse,
      result: Record<string, unknown>,
    ) => Promise<void>;
  }
}
