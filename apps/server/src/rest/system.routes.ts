import { z } from "zod";
import { route } from "./route.ts";

export const systemRoutes = [
  route({
    method: "GET",
    path: "/api/health",
    summary: "Whether the server and what it needs work",
    procedures: ["system.health"],
    answer: z.strictObject({
      status: z.enum(["ok", "degraded"]),
      version: z.string(),
      database: z.enum(["ok", "down"]),
      redis: z.enum(["ok", "down", "off"]),
      uptimeS: z.int(),
    }),
    otherStatuses: [503],
    isOpen: true,
    statusOf: ({ database }) => (database === "ok" ? 200 : 503),
    run: ({ call }) => call.system.health(),
  }),
];
