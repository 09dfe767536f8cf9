import type { LlmConfig } from "@chatee/shared/llm";
import type { Message, MessagePage, SearchHit, SendResult } from "@chatee/shared/messages";
import type { RoundTable, RoundTableMessagePage } from "@chatee/shared/roundtables";
import type { SessionExport } from "@chatee/shared/session-export";
import type { Session, SessionPage, Summary } from "@chatee/shared/sessions";
import type { FollowedEvent } from "@chatee/shared/stream-event";
import type { Health } from "@chatee/shared/system";
import type { Workflow } from "@chatee/shared/workflows";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { expect, expectTypeOf, test } from "vitest";
import { appRouter, createCaller } from "./app-router.ts";
import type { AppRouter } from "./app-router.ts";
import type { ShowEvents } from "./sessions/session-events.ts";
import { callContext } from "./testing/call-context.ts";

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

/** Public names: clients and scripts rely on them, so none of them goes or is called otherwise. */
const publicNames = {
  system: ["health", "info"],
  llm: ["list", "get", "create", "update", "delete", "key", "test", "models", "export", "import"],
  sessions: [
    ["list", "get", "create", "update", "delete"],
    ["summarize", "summaries", "clearSummaries", "export", "import", "importFile", "changes", "events"],
  ].flat(),
  messages: [
    ["list", "page", "get", "create", "update", "delete", "search", "send", "stop", "regenerate", "continue"],
    ["edit", "selectBranch", "execute", "execution", "executions"],
  ].flat(),
  workflows: ["list", "get", "create", "update", "delete"],
  roundtables: [
    ["list", "get", "create", "update", "delete", "addParticipant", "updateParticipant", "removeParticipant"],
    ["messages", "send", "respond", "select"],
  ].flat(),
};

test("every public name is there", () => {
  const names = Object.keys(appRouter._def.procedures);
  for (const [slice, procedures] of Object.entries(publicNames))
    for (const name of procedures) expect(names).toContain(`${slice}.${name}`);
});

/** True where a type has `any` anywhere a client could reach it in two steps. */
type IsAny<T> = 0 extends 1 & T ? true : false;
type AnyIn<TSlice> = { [K in keyof TSlice]: IsAny<TSlice[K]> extends true ? K : never }[keyof TSlice];

test("a client sees the types of the shared package, and never any", () => {
  expectTypeOf<AnyIn<{ [S in keyof Outputs]: AnyIn<Outputs[S]> }>>().toBeNever();
  expectTypeOf<AnyIn<{ [S in keyof Inputs]: AnyIn<Inputs[S]> }>>().toBeNever();

  expectTypeOf<Outputs["system"]["health"]>().toEqualTypeOf<Health>();
  expectTypeOf<Outputs["llm"]["get"]>().toEqualTypeOf<LlmConfig>();
  expectTypeOf<Outputs["sessions"]["list"]>().toEqualTypeOf<SessionPage>();
  expectTypeOf<Outputs["sessions"]["create"]>().toEqualTypeOf<Session>();
  expectTypeOf<Outputs["sessions"]["summaries"]>().toEqualTypeOf<{ summaries: Summary[] }>();
  expectTypeOf<Outputs["sessions"]["export"]>().toEqualTypeOf<SessionExport>();
  expectTypeOf<Outputs["messages"]["list"]>().toEqualTypeOf<MessagePage>();
  expectTypeOf<Outputs["messages"]["get"]>().toEqualTypeOf<Message>();
  expectTypeOf<Outputs["messages"]["send"]>().toEqualTypeOf<SendResult>();
  expectTypeOf<Outputs["messages"]["search"]>().toEqualTypeOf<{ hits: SearchHit[] }>();
  expectTypeOf<Outputs["messages"]["stop"]>().toEqualTypeOf<{ stopped: boolean }>();
  expectTypeOf<Outputs["workflows"]["get"]>().toEqualTypeOf<Workflow>();
  expectTypeOf<Outputs["roundtables"]["messages"]>().toEqualTypeOf<RoundTableMessagePage>();
  expectTypeOf<Outputs["roundtables"]["create"]>().toExtend<RoundTable>();
});

test("a client may leave out what has a default", () => {
  expectTypeOf<{ sessionId: string }>().toExtend<Inputs["messages"]["list"]>();
  expectTypeOf<{ sessionId: string; content: string }>().toExtend<Inputs["messages"]["send"]>();
  expectTypeOf<undefined>().toExtend<Inputs["sessions"]["list"]>();
  expectTypeOf<undefined>().toExtend<Inputs["sessions"]["create"]>();
  expectTypeOf<{ sessionId: string }>().toExtend<Inputs["sessions"]["events"]>();
  expectTypeOf<{ content: string }>().not.toExtend<Inputs["messages"]["send"]>();
});

test("a caller without a wire calls procedures and reads subscriptions with the same types", async () => {
  const health: Health = { status: "ok", version: "1", database: "ok", redis: "off", uptimeS: 1 };
  const entry = { eventId: "1", event: { type: "message.deleted", messageId: "m" } as const };
  const services = {
    system: { health: async () => health },
    sessions: {
      async *follow(_request: unknown, { as }: ShowEvents<unknown>) {
        yield as(entry.eventId, entry.event);
      },
    },
  };
  const caller = createCaller(callContext("ann", services as never));
  expectTypeOf(caller.system.health).returns.resolves.toEqualTypeOf<Health>();
  expect(await caller.system.health()).toEqual(health);
  const events = await caller.sessions.events({ sessionId: "s" });
  expectTypeOf(events).toExtend<AsyncIterable<{ id: string; data: FollowedEvent }>>();
  for await (const envelope of events) expect(Array.from(envelope as never).slice(0, 2)).toEqual(["1", entry.event]);
  await expect(caller.messages.list({ sessionId: "not an id" })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});
