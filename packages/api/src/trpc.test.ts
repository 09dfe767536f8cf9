import { DomainError } from "@chatee/shared/failure";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Context } from "./context.ts";
import { callContext } from "./testing/call-context.ts";
import { createCallerFactory, procedure, router } from "./trpc.ts";

const secret = "select api_key from llm_configs /etc/chatee";
const testRouter = router({
  fails: procedure.query(() => {
    throw new DomainError({ code: "session.not_found", sessionId: "s-1" }, { cause: new Error(secret) });
  }),
  breaks: procedure.query(() => {
    throw new TypeError(secret);
  }),
  takes: procedure.input(z.object({ name: z.string().max(3), list: z.array(z.int()) })).query(({ input }) => input),
  follows: procedure.input(z.object({ how: z.enum(["fails", "breaks"]) })).subscription(async function* ({ input }) {
    yield "first";
    if (input.how === "fails") throw new DomainError({ code: "session.not_found", sessionId: "s-1" });
    throw new TypeError(secret);
  }),
});

function openContext() {
  const reported: unknown[] = [];
  const context: Context = {
    ...callContext("ann", {}),
    reportBug: (error) => ({ errorId: `e-${reported.push(error)}` }),
  };
  return { context, reported };
}

async function ask(path: string, input?: unknown) {
  const { context, reported } = openContext();
  const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  const response = await fetchRequestHandler({
    endpoint: "/trpc",
    router: testRouter,
    req: new Request(`http://localhost/trpc/${path}${query}`),
    createContext: () => context,
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: JSON.parse(text) as { error: { json: { message: string; data: Record<string, unknown> } } },
    reported,
  };
}

test("an expected failure leaves as data, with its status, and is not reported", async () => {
  const { status, body, text, reported } = await ask("fails");
  expect(status).toBe(404);
  expect(body.error.json).toMatchObject({
    message: "There is no session s-1.",
    data: { code: "NOT_FOUND", failure: { code: "session.not_found", sessionId: "s-1" }, errorId: null },
  });
  expect(text).not.toContain("select");
  expect(reported).toEqual([]);
});

test("a bug leaves as an id and nothing else, and is reported once, whole", async () => {
  const { status, body, text, reported } = await ask("breaks");
  expect(status).toBe(500);
  expect(body.error.json).toMatchObject({
    message: "Something went wrong here. The log knows it as e-1.",
    data: { failure: null, errorId: "e-1" },
  });
  expect(text).not.toMatch(/select|TypeError|trpc\.test|"stack"/);
  expect(reported).toMatchObject([{ message: secret }]);
});

test("an input that is wrong is answered with each place and what is wrong there", async () => {
  const { status, body, reported } = await ask("takes", { json: { name: "long", list: [1, 2.5] } });
  expect(status).toBe(400);
  expect(body.error.json.data["failure"]).toMatchObject({
    code: "input.invalid",
    issues: [{ path: "name" }, { path: "list.1" }],
  });
  expect(reported).toEqual([]);
  expect((await ask("nowhere")).status).toBe(404);
  expect((await ask("takes", 5)).status).toBe(400);
});

test("an error that no procedure saw says nothing of itself", async () => {
  const response = await fetchRequestHandler({
    endpoint: "/trpc",
    router: testRouter,
    req: new Request("http://localhost/trpc/fails"),
    createContext: () => {
      throw new Error(secret);
    },
  });
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("select");
});

test.each([
  ["fails", "NOT_FOUND", "There is no session s-1.", 0],
  ["breaks", "INTERNAL_SERVER_ERROR", "internal", 1],
] as const)(
  "a subscription that %s while it is read tells as little as a call does",
  async (how, code, message, bugs) => {
    const { context, reported } = openContext();
    const events = (await createCallerFactory(testRouter)(context).follows({ how }))[Symbol.asyncIterator]();
    expect(await events.next()).toEqual({ done: false, value: "first" });
    await expect(events.next()).rejects.toMatchObject({ code, message });
    expect(reported).toHaveLength(bugs);
  },
);

test("a subscription that is left lets go of what it holds", async () => {
  let released = false;
  const held = router({
    follow: procedure.subscription(async function* () {
      try {
        for (;;) yield "again";
      } finally {
        released = true;
      }
    }),
  });
  for await (const event of await createCallerFactory(held)(openContext().context).follow())
    if (event === "again") break;
  expect(released).toBe(true);
});
