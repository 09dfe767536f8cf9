import type { Caller } from "@chatee/api/access/access.service";
import type { FastifyRequest } from "fastify";

/** Who is calling at a closed door: whoever nobody knows was refused before (see doors). */
export function callerOf({ caller }: Pick<FastifyRequest, "caller">): Caller {
  if (!caller) throw new TypeError("a closed door was opened without a caller");
  return caller;
}
