import { expect, it } from "vitest";
import { restRoutes } from "../src/rest/routes.ts";
import { createTestServer, fetchFrom } from "./create-test-server.ts";

it("every route but health wants to know who is calling, and says so in the shape of its other errors", async () => {
  await using server = await createTestServer();
  for (const { method, path, aliases, isOpen } of restRoutes) {
    for (const one of [path, ...aliases]) {
      const response = await fetch(`${server.url}${one}`, { method });
      if (isOpen) {
        expect([one, response.status]).toEqual(["/api/health", 200]);
        continue;
      }
      expect([method, one, response.status]).toEqual([method, one, 401]);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
      const body = (await response.json()) as { error: { message: string }; message: string };
      expect(body).toMatchObject({ error: { code: "UNAUTHORIZED" }, message: body.error.message });
    }
  }
  for (const path of ["/api/openapi.json", "/api/docs", "/api/docs/page.js", "/api/nothing"]) {
    expect((await fetch(`${server.url}${path}`)).status).toBe(401);
  }
});

it("what no router can read is refused in the same shape", async () => {
  await using server = await createTestServer();
  const get = fetchFrom(server);
  for (const path of ["/api/sessions/%zz", "/api/sessions/%E4%B8", `/api/sessions/${"x".repeat(5_000)}`]) {
    const response = await get(path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await response.json()).toMatchObject({ error: { code: expect.any(String) }, message: expect.any(String) });
  }
});
