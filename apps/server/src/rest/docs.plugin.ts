import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { FastifyPluginAsync } from "fastify";
import { toOpenApi } from "./open-api.ts";
import type { RestRoute } from "./route.ts";

/** Styles that Swagger UI sets on elements go through the DOM, which no policy forbids; nothing comes from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>chatee: REST</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="page"></div>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/page.js"></script>
  </body>
</html>
`;
const script = `SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;
const assets = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** `/openapi.json` and a page that shows it, both made when they are first asked for. */
export const docsPlugin: FastifyPluginAsync<{ routes: readonly RestRoute[]; version: string }> = async (
  app,
  options,
) => {
  let document: string | null = null;
  app.get("/openapi.json", { exposeHeadRoute: false }, async (_request, reply) => {
    document ??= JSON.stringify(toOpenApi(options.routes, options.version));
    return reply.type("application/json; charset=utf-8").send(document);
  });
  app.get("/docs", { exposeHeadRoute: false }, async (_request, reply) =>
    reply.type("text/html; charset=utf-8").header("content-security-policy", policy).send(page),
  );
  app.get("/docs/page.js", { exposeHeadRoute: false }, async (_request, reply) =>
    reply.type("text/javascript; charset=utf-8").send(script),
  );
  for (const [name, type] of Object.entries(assets)) {
    app.get(`/docs/${name}`, { exposeHeadRoute: false }, async (_request, reply) =>
      reply
        .type(type)
        .header("cache-control", "private, max-age=86400")
        .send(createReadStream(join(swaggerFolder(), name))),
    );
  }
};

const require = createRequire(import.meta.url);

/** The package stays a folder beside the bundle: its files are sent, not run. */
function swaggerFolder(): string {
  return dirname(require.resolve("swagger-ui-dist/package.json"));
}
