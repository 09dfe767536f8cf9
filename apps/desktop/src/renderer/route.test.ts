import { expect, test } from "vitest";
import { toHash, toRoute } from "./route.ts";

test("every screen has an address that leads back to it", () => {
  for (const route of [
    { screen: "new" },
    { screen: "models" },
    { screen: "mcp" },
    { screen: "session", sessionId: "msg-17:a.b" },
    { screen: "session", sessionId: "ä/?#%" },
  ] as const)
    expect(toRoute(toHash(route))).toEqual(route);
});

test("an address that means nothing starts a new chat", () => {
  for (const hash of ["", "#", "#/", "#/nowhere", "#/sessions/", "#/sessions/%E0%A4%A"])
    expect(toRoute(hash)).toEqual({ screen: "new" });
});
