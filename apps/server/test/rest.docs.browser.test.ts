import { chromiumPath } from "@chatee/tooling/services";
import { chromium } from "playwright-core";
import { expect, it } from "vitest";
import { createTestServer } from "./create-test-server.ts";

it("the page of the REST face shows every slice and opens a route, from this server alone and within its policy", async () => {
  await using server = await createTestServer();
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ extraHTTPHeaders: { authorization: `Bearer ${server.token}` } });
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${server.url}/api/docs`);
    for (const slice of ["system", "llm", "sessions", "messages", "workflows", "roundtables"]) {
      await page.locator(`.opblock-tag-section h3[data-tag="${slice}"]`).waitFor();
    }
    const route = page.locator("#operations-sessions-post_sessions");
    await route.getByRole("button").first().click();
    await route.getByText("Begin a session").first().waitFor();
    await route.getByText("llm_config_id").first().waitFor();
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:"))).toEqual([]);
  } finally {
    await browser.close();
  }
});
