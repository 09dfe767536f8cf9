import { expect, it } from "vitest";
import { createTokenHolds } from "./token-holds.ts";

it("the end of a token is the end of what it holds and of browsers that came in by it, also of those just coming in", () => {
  const holds = createTokenHolds();
  const ended: string[] = [];
  const hold = (tokenId: string, name: string) => holds.hold({ ownerId: "ann", tokenId }, () => void ended.push(name));
  hold("laptop", "stream");
  hold("browser:laptop:1", "tab");
  hold("browser:laptops:1", "another");
  hold("laptop", "over")();
  holds.endOf("laptop");
  expect(ended).toEqual(["stream", "tab"]);
  hold("browser:laptop:2", "late");
  hold("browser:phone:1", "phone");
  expect(ended).toEqual(["stream", "tab", "late"]);
});

it("a review ends what was opened with tokens that are gone, and nothing when nobody can tell", async () => {
  const holds = createTokenHolds();
  const ended: string[] = [];
  for (const tokenId of ["one", "two"]) holds.hold({ ownerId: "ann", tokenId }, () => void ended.push(tokenId));
  await holds.review(() => Promise.reject(new Error("no database")));
  expect(ended).toEqual([]);
  await holds.review(async ({ tokenId }) => tokenId === "one");
  expect(ended).toEqual(["two"]);
});
