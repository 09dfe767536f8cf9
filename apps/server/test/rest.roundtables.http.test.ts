import { describe, expect, it } from "vitest";
import { expectDocumented, expectError, openRestServer, routeOf, textIn } from "./rest-server.ts";
import type { RestServer } from "./rest-server.ts";

const tablePath = "/api/roundtables/:round_table_id";
const spellings = ["/api/roundtables", "/api/round-tables"];

async function addSession(server: RestServer, name: string) {
  const input = { sessionType: "agent" as const, name, systemPrompt: `I am ${name}.`, llmConfigId: "demo" };
  return (await server.services.sessions.create(server.ownerId, input)).sessionId;
}

describe.each(spellings)("round tables under %s", (root) => {
  it("are set up, renamed, closed and removed", async () => {
    await using server = await openRestServer();
    const created = await server.post(root, { name: "Council" });
    expect(created.status).toBe(201);
    expectDocumented(routeOf("POST", "/api/roundtables"), created.body);
    expect(created.body).toMatchObject({ status: "active", participant_count: 0 });
    const path = `${root}/${textIn(created, "round_table_id")}`;
    const closed = await server.put(path, { status: "closed", name: "Old council" });
    expectDocumented(routeOf("PUT", tablePath), closed.body);
    const list = await server.get(root);
    expectDocumented(routeOf("GET", "/api/roundtables"), list.body);
    expect(list.body).toEqual({ round_tables: [closed.body], total: 1 });
    const detail = await server.get(path);
    expectDocumented(routeOf("GET", tablePath), detail.body);
    expect(detail.body).toMatchObject({ name: "Old council", status: "closed", participants: [] });
    expect((await server.delete(path)).body).toEqual({ success: true });
    expectError(await server.get(path), 404);
    expectError(await server.get(`${path}/messages`), 404);
  });

  it("seat a session once, with its own or the table's model and prompt", async () => {
    await using server = await openRestServer();
    const sessionId = await addSession(server, "Ada");
    const path = `${root}/${textIn(await server.post(root, { name: "Council" }), "round_table_id")}/participants`;
    const seated = await server.post(path, { session_id: sessionId, custom_system_prompt: "Be Ada." });
    expect(seated.status).toBe(200);
    expectDocumented(routeOf("POST", `${tablePath}/participants`), seated.body);
    expect(seated.body).toMatchObject({
      participant: {
        session_id: sessionId,
        name: "Ada",
        llm_config_id: "demo",
        system_prompt: "Be Ada.",
        custom_llm_config_id: null,
        custom_system_prompt: "Be Ada.",
      },
    });
    expectError(await server.post(path, { session_id: sessionId }), 409);
    expectError(await server.post(path, { session_id: "nobody" }), 404);
    const changed = await server.put(`${path}/${sessionId}`, { custom_system_prompt: null });
    expectDocumented(routeOf("PUT", `${tablePath}/participants/:session_id`), changed.body);
    expect(changed.body).toMatchObject({ participant: { system_prompt: "I am Ada.", custom_system_prompt: null } });
    expect((await server.delete(`${path}/${sessionId}`)).body).toEqual({ success: true });
    expectError(await server.delete(`${path}/${sessionId}`), 404);
  });

  it("keep what is said, oldest page first, with one selected response to each message", async () => {
    await using server = await openRestServer();
    const agentId = await addSession(server, "Ada");
    const path = `${root}/${textIn(await server.post(root, { name: "Council" }), "round_table_id")}`;
    const media = [{ mimeType: "image/png", data_b64: "A".repeat(2_000_000) }];
    const said = await server.post(`${path}/messages`, {
      message_id: "msg-1",
      content: "Well?",
      mentions: [{ agentId }],
      media,
    });
    expect(said.status).toBe(201);
    expectDocumented(routeOf("POST", `${tablePath}/messages`), said.body);
    expect(said.body).toMatchObject({
      message_id: "msg-1",
      sender_type: "user",
      mentions: [{ agentId }],
      media,
      is_raise_hand: false,
      reply_to_message_id: null,
      responses: [],
    });
    expect((await server.post(`${path}/messages`, { message_id: "msg-1", content: "Again?" })).body).toEqual(said.body);
    const raised = { sender_type: "agent", sender_agent_id: agentId, content: "Me!", is_raise_hand: true };
    await server.post(`${path}/messages`, raised);

    const answers = [];
    for (const content of ["One.", "Two."]) {
      const answer = await server.post(`${path}/messages/msg-1/responses`, {
        agent_id: agentId,
        content,
        tool_calls: { aB: 1 },
      });
      expect(answer.status).toBe(201);
      expectDocumented(routeOf("POST", `${tablePath}/messages/:message_id/responses`), answer.body);
      answers.push(textIn(answer, "response_id"));
    }
    for (const id of answers) {
      // Earlier clients send nothing at all here.
      const selected = await server.request("PUT", `${path}/responses/${id}/select`);
      expect(selected.status).toBe(200);
      expectDocumented(routeOf("PUT", `${tablePath}/responses/:response_id/select`), selected.body);
      expect(selected.body).toMatchObject({
        response_id: id,
        is_selected: true,
        agent_name: "Ada",
        tool_calls: { aB: 1 },
      });
    }
    const page = await server.get(`${path}/messages?page_size=1`);
    expectDocumented(routeOf("GET", `${tablePath}/messages`), page.body);
    expect(page.body).toMatchObject({
      messages: [{ message_id: "msg-1", responses: [{ is_selected: false }, { is_selected: true }] }],
      total: 2,
      page: 1,
      page_size: 1,
      total_pages: 2,
    });
    const second = await server.get(`${path}/messages?page=2&page_size=1`);
    expect(second.body).toMatchObject({ messages: [{ agent_name: "Ada", is_raise_hand: true, sender_type: "agent" }] });
    expect((await server.get(`${path}/messages`)).body).toMatchObject({ page: 1, page_size: 50, total_pages: 1 });
    expectError(await server.post(`${path}/messages/nothing/responses`, { agent_id: agentId, content: "x" }), 404);
    expectError(await server.request("PUT", `${path}/responses/nothing/select`), 404);
    expectError(await server.post(`${path}/messages`, { content: "x", reply_to_message_id: "nothing" }), 404);
  });
});
