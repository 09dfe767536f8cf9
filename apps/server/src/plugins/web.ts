import { DomainError } from "@chatee/shared/failure";
import type { FastifyPluginAsync, FastifyReply } from "fastify";

const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** What draws diagrams, in a frame of the UI alone; opened by itself it has no origin either. */
const framePath = "/diagram.html";
const framePolicy = "sandbox allow-scripts; frame-ancestors 'self'";

/** What belongs to other doors and is never a page of the UI. */
const otherDoors = /^\/(trpc|api|mcp|auth|metrics|health|ready)(\/|$)/;

/** The web UI: its built files, and its page for every other path, which the UI's own router takes from there. */
export const webPlugin: FastifyPluginAsync<{ folder: string | null }> = async (app, { folder }) => {
  const open = { config: { isOpen: true, isPage: true } };
  if (folder === null) {
    app.get("/", open, async (_request, reply) =>
      reply.type("text/plain").send("The web UI was not built: npm run build\n"),
    );
    return;
  }
  const { fastifyStatic } = await import("@fastify/static");
  const files = {
    root: folder,
    serve: false,
    index: false as const,
    cacheControl: false,
    etag: true,
    preCompressed: true,
  };
  await app.register(fastifyStatic, files);

  const page = (reply: FastifyReply) =>
    reply.headers({ "content-security-policy": policy, "cache-control": "no-cache" }).sendFile("index.html");
  app.get("/", open, async (_request, reply) => page(reply));
  app.get("/*", open, async (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    if (otherDoors.test(path)) throw new DomainError({ code: "page.not_found" });
    // Files have an ending, and those under assets/ carry their content's hash in their name.
    if (!/\.[a-z0-9]{2,8}$/i.test(path)) return page(reply);
    const isHashed = path.startsWith("/assets/");
    if (path === framePath) reply.headers({ "content-security-policy": framePolicy, "x-frame-options": "SAMEORIGIN" });
    reply.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    return reply.sendFile(decodeURIComponent(path).slice(1));
  });
};
