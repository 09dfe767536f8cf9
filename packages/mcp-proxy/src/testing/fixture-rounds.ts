import {
  CLIENT_CAPABILITIES_META_KEY,
  acceptedContent,
  inputRequired,
  inputResponse,
} from "@modelcontextprotocol/server";
import type {
  CallToolResult,
  ClientCapabilities,
  InputRequiredResult,
  InputRequiredSpec,
  McpServer,
  RequestStateCodec,
  ServerContext,
} from "@modelcontextprotocol/server";
import { text } from "./fixture-content.ts";

type Requests = NonNullable<InputRequiredSpec["inputRequests"]>;
type Round = CallToolResult | InputRequiredResult;

const askFor = (message: string, field: string) =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: "object", properties: { [field]: { type: "string" } }, required: [field] },
  });

const confirm = () =>
  inputRequired.elicit({
    message: "Please confirm",
    requestedSchema: { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] },
  });

const askModel = (words: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text: words } }], maxTokens });

/** What the client said in this very request that it can do. */
function capabilitiesOf({ envelope }: ServerContext["mcpReq"]): ClientCapabilities {
  const fields = envelope as Record<string, ClientCapabilities | undefined> | undefined;
  return fields?.[CLIENT_CAPABILITIES_META_KEY] ?? {};
}

/** Tools and a prompt that need the client's input, which revision 2026-07-28 asks for in rounds of whole requests. */
export function addRounds(server: McpServer, codec: RequestStateCodec): void {
  const add = (name: string, run: (context: ServerContext) => Round | Promise<Round>) =>
    server.registerTool(`test_input_required_result_${name}`, { description: `Asks in rounds: ${name}` }, run);
  const rounds = async (requests: Requests, state?: unknown): Promise<InputRequiredResult> =>
    inputRequired({
      inputRequests: requests,
      ...(state === undefined ? {} : { requestState: await codec.mint(state) }),
    });

  add("elicitation", ({ mcpReq }) => {
    const { name } = acceptedContent<{ name?: string }>(mcpReq.inputResponses, "user_name") ?? {};
    return typeof name === "string"
      ? text(`Hello, ${name}!`)
      : rounds({ user_name: askFor("What is your name?", "name") });
  });
  add("sampling", ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "capital_question");
    return answer.kind === "sampling"
      ? text(JSON.stringify(answer.result.content))
      : rounds({ capital_question: askModel("What is the capital of France?", 100) });
  });
  add("list_roots", ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "client_roots");
    return answer.kind === "roots"
      ? text(answer.roots.map(({ uri }) => uri).join(", "))
      : rounds({ client_roots: inputRequired.listRoots() });
  });
  for (const name of ["request_state", "tampered_state"]) {
    add(name, ({ mcpReq }) => {
      const answer = acceptedContent(mcpReq.inputResponses, "confirm");
      return answer && mcpReq.requestState() === name ? text("state-ok") : rounds({ confirm: confirm() }, name);
    });
  }
  add("multiple_inputs", ({ mcpReq }) => {
    const keys = ["user_name", "greeting", "client_roots"];
    return keys.every((key) => inputResponse(mcpReq.inputResponses, key).kind !== "missing")
      ? text("All three answered")
      : rounds(
          {
            user_name: askFor("What is your name?", "name"),
            greeting: askModel("Generate a greeting", 50),
            client_roots: inputRequired.listRoots(),
          },
          "several",
        );
  });
  add("multi_round", ({ mcpReq }) => {
    const round = mcpReq.requestState();
    if (round === 2 && acceptedContent(mcpReq.inputResponses, "step2")) return text("Both rounds answered");
    return round === 1 && acceptedContent(mcpReq.inputResponses, "step1")
      ? rounds({ step2: askFor("Step 2: What is your favorite color?", "color") }, 2)
      : rounds({ step1: askFor("Step 1: What is your name?", "name") }, 1);
  });
  add("capabilities", ({ mcpReq }) => {
    const declared = capabilitiesOf(mcpReq);
    const requests: Requests = {
      ...(declared.sampling ? { model: askModel("Say something", 10) } : {}),
      ...(declared.elicitation ? { user: askFor("Say something", "words") } : {}),
      ...(declared.roots ? { roots: inputRequired.listRoots() } : {}),
    };
    return Object.keys(requests).length === 0 || mcpReq.inputResponses ? text("Nothing to ask") : rounds(requests);
  });

  // The SDK refuses a round that the client did not say it can answer.
  server.registerTool("test_missing_capability", { description: "Needs a client with a model" }, () =>
    rounds({ model: askModel("Say something", 10) }),
  );
  server.registerTool(
    "test_streaming_elicitation",
    { description: "Asks in rounds, after a notice" },
    async (context) => {
      if (context.mcpReq.inputResponses) return text("Answered");
      await context.mcpReq.notify({ method: "notifications/message", params: { level: "info", data: "about to ask" } });
      return await rounds({ user_name: askFor("What is your name?", "name") });
    },
  );
  server.registerPrompt("test_input_required_result_prompt", { description: "Asks in rounds" }, ({ mcpReq }) => {
    const answer = acceptedContent<{ context?: string }>(mcpReq.inputResponses, "user_context");
    return answer
      ? { messages: [{ role: "user", content: { type: "text", text: `Context: ${answer.context ?? ""}` } }] }
      : rounds({ user_context: askFor("What context should the prompt use?", "context") });
  });
}
