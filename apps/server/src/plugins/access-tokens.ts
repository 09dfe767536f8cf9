import type { AccessService } from "@chatee/api/access/access.service";
import { createAccessToken } from "@chatee/shared/access";
import { DomainError } from "@chatee/shared/failure";
import type { FastifyPluginAsync } from "fastify";
import { callerOf } from "../caller-of.ts";

/** The tokens of the caller's owner: listed, made (and shown this once), ended together with whatever they opened. */
export const accessTokensPlugin: FastifyPluginAsync<{ access: AccessService }> = async (app, { access }) => {
  app.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
  app.get("/auth/tokens", async (request, reply) => {
    const tokens = await access.list(callerOf(request).ownerId);
    return reply.send({ tokens, currentId: request.caller?.tokenId ?? null });
  });
  app.post("/auth/tokens", async (request, reply) => {
    const input = createAccessToken.safeParse(request.body);
    if (!input.success) {
      const issues = input.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
      throw new DomainError({ code: "input.invalid", issues });
    }
    return reply.code(201).send(await access.create(callerOf(request).ownerId, input.data));
  });
  app.delete<{ Params: { tokenId: string } }>("/auth/tokens/:tokenId", async (request, reply) => {
    await access.revoke(callerOf(request).ownerId, request.params.tokenId);
    return reply.code(204).send();
  });
};
