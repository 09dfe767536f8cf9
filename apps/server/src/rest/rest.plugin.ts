import type { Context } from "@chatee/api/context";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";

export type RestOptions = { createContext: (request: FastifyRequest, reply: FastifyReply) => Context; version: string };

export const restPlugin: FastifyPluginAsync<RestOptions> = async () => {};
