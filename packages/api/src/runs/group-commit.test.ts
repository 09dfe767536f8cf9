import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { expect, test } from "vitest";
import { createGroupCommit } from "./group-commit.ts";

/** A statement that stands for a unit; the tests' writers only read its name. */
const unit = (name: string) => [{ kind: "raw", name } as unknown as Statement];
const namesOf = (statements: Statement[]) => statements.map((one) => Reflect.get(one, "name") as string);

test("what is submitted together, or while a commit is under way, shares the next one", async () => {
  const commits: string[][] = [];
  const first = Promise.withResolvers<void>();
  const group = createGroupCommit(async (...statements) => {
    commits.push(namesOf(statements));
    if (commits.length === 1) await first.promise;
  });
  const early = [group.submit(unit("a")), group.submit(unit("b"))];
  await Promise.resolve();
  const late = [group.submit(unit("c")), group.submit(unit("d"))];
  first.resolve();
  await Promise.all([...early, ...late]);
  expect(commits).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
});

test.each([
  ["a raised fence", new NothingTouched(0)],
  ["a taken key", Object.assign(new Error("taken"), { code: "ER_DUP_ENTRY", sqlState: "23000" })],
  ["a bug", new TypeError("no such column")],
])("a unit refused for %s fails alone", async (_name, refusal) => {
  const stored: string[] = [];
  const group = createGroupCommit(async (...statements) => {
    const names = namesOf(statements);
    if (names.includes("bad")) throw refusal;
    stored.push(...names);
  });
  const units = ["a", "bad", "b"].map((name) => group.submit(unit(name)));
  expect(await Promise.allSettled(units)).toEqual([
    { status: "fulfilled", value: undefined },
    { status: "rejected", reason: refusal },
    { status: "fulfilled", value: undefined },
  ]);
  expect(stored).toEqual(["a", "b"]);
});

test("an outage is asked once, not once per unit, and everyone hears of it", async () => {
  let writes = 0;
  const gone = Object.assign(new Error("gone"), { code: "ECONNRESET" });
  const group = createGroupCommit(async () => {
    writes++;
    throw gone;
  });
  const units = ["a", "b", "c"].map((name) => group.submit(unit(name)));
  expect((await Promise.allSettled(units)).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(writes).toBe(1);
});
