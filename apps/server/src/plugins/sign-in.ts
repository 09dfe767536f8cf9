import type { AccessService } from "@chatee/api/access/access.service";
import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { DomainError } from "@chatee/shared/failure";
import type { Doors } from "../doors.ts";
import type { OneTimePass } from "../one-time-pass.ts";

const signIn = z.object({ token: z.string().min(1).max(512) });

/** Exchanges a token for a cookie that scripts cannot read, and back for nothing. */
export const signInPlugin: FastifyPluginAsync<{
  doors: Doors;
  access: AccessService;
  pass: OneTimePass | null;
  now: () => number;
}> = async (app, { doors, access, pass, now }) => {
  app.post("/auth/sign-in", { config: { isOpen: true } }, async (request, reply) => {
    const input = signIn.safeParse(request.body);
    if (!input.success) {
      throw new DomainError({
        code: "input.invalid",
        issues: [{ path: "token", message: "must be the access token" }],
      });
    }
    const caller = pass?.redeem(input.data.token) ?? (await doors.redeem(request.raw, input.data.token));
    const { token, expiresAtMs } = await access.issueCookie(caller.ownerId, caller.tokenId);
    return reply
      .code(204)
      .header("set-cookie", doors.cookie(token, expiresAtMs, now()))
      .send();
  });
  app.post("/auth/sign-out", async (request, reply) => {
    const { caller } = request;
    if (caller?.tokenId.startsWith("browser:")) await access.revoke(caller.ownerId, caller.tokenId);
    return reply
      .code(204)
      .header("set-cookie", doors.cookie("", 0, now()))
      .send();
  });
};
