import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider";
import type { ProviderId } from "@chatee/shared/llm";
import { jsonObject } from "@chatee/shared/json";
import type { ModelMessage, ModelRequest, ToolCallRequest, ToolDefinition, ToolMedia } from "../provider.ts";
import { readEcho } from "./echo.ts";

type AssistantMessage = Extract<ModelMessage, { role: "assistant" }>;
type AssistantPart = Extract<LanguageModelV4Message, { role: "assistant" }>["content"][number];

/** The parts of a call that are the same for every provider. */
export function toCall(request: ModelRequest, provider: ProviderId): LanguageModelV4CallOptions {
  return {
    prompt: toPrompt(request, provider),
    ...(request.maxOutputTokens === null ? {} : { maxOutputTokens: request.maxOutputTokens }),
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toTool) }),
  };
}

/**
 * Maps the conversation to what every provider accepts: one system message, at the start; nothing empty; results of
 * one step in one message. Thinking goes back only within the running tool loop (after the last user message), where
 * providers demand it; earlier thinking may be bound to a conversation that has been edited since.
 */
export function toPrompt({ messages, model }: ModelRequest, provider: ProviderId): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  const lastUser = messages.findLastIndex((message) => message.role === "user");
  /** Not every wire can carry them inside of a result; after all results of a step each can, as the user's. */
  let media: ToolMedia[] = [];
  const showMedia = () => {
    if (media.length > 0) prompt.push(toMediaMessage(media));
    media = [];
  };
  for (const [index, message] of messages.entries()) {
    if (message.role !== "tool") showMedia();
    const previous = prompt.at(-1);
    if (message.role === "system") {
      if (message.content.trim() === "") continue;
      if (previous === undefined) prompt.push({ role: "system", content: message.content });
      else if (previous.role === "system") previous.content += `\n\n${message.content}`;
      else prompt.push(toUser(`<system>\n${message.content}\n</system>`));
    } else if (message.role === "user") {
      const content = [...textParts(message.content), ...(message.media ?? []).map(toFilePart)];
      if (content.length > 0) prompt.push({ role: "user", content });
    } else if (message.role === "assistant") {
      const content = toAssistantParts(
        message,
        index > lastUser ? readEcho(message.providerData, provider, model) : null,
      );
      if (content.length > 0) prompt.push({ role: "assistant", content });
    } else {
      const part = {
        type: "tool-result" as const,
        toolCallId: message.toolCallId,
        toolName: message.name,
        output: { type: message.isError ? ("error-text" as const) : ("text" as const), value: message.output },
      };
      if (previous?.role === "tool") previous.content.push(part);
      else prompt.push({ role: "tool", content: [part] });
      media.push(...(message.media ?? []));
    }
  }
  showMedia();
  return prompt;
}

function toMediaMessage(media: readonly ToolMedia[]): LanguageModelV4Message {
  return {
    role: "user",
    content: [{ type: "text", text: "[What the tool calls above returned:]" }, ...media.map(toFilePart)],
  };
}

const toFilePart = ({ mimeType, data }: ToolMedia) => ({
  type: "file" as const,
  mediaType: mimeType,
  data: { type: "data" as const, data },
});

const textParts = (text: string) => (text.trim() === "" ? [] : [{ type: "text" as const, text }]);

const toUser = (text: string): LanguageModelV4Message => ({ role: "user", content: [{ type: "text", text }] });

function toAssistantParts(message: AssistantMessage, echo: ReturnType<typeof readEcho>): AssistantPart[] {
  const calls = message.toolCalls ?? [];
  const chars = (echo ?? []).reduce((sum, part) => sum + (part.type === "text" ? part.chars : 0), 0);
  const ids = (echo ?? []).flatMap((part) => (part.type === "tool-call" ? [part.toolCallId] : []));
  const fits =
    chars === message.content.length &&
    ids.length === calls.length &&
    calls.every((call) => ids.includes(call.toolCallId));
  if (!echo || !fits) {
    const text: AssistantPart[] = message.content.trim() === "" ? [] : [{ type: "text", text: message.content }];
    return [...text, ...calls.map((call) => toToolCall(call))];
  }
  let at = 0;
  return echo.flatMap((part): AssistantPart[] => {
    const options = part.options ? { providerOptions: part.options } : {};
    if (part.type === "reasoning") return [{ type: "reasoning", text: part.text, ...options }];
    if (part.type === "text") {
      const text = message.content.slice(at, (at += part.chars));
      return text.trim() === "" && !part.options ? [] : [{ type: "text", text, ...options }];
    }
    const call = calls.find(({ toolCallId }) => toolCallId === part.toolCallId);
    return call ? [{ ...toToolCall(call), ...options }] : [];
  });
}

function toToolCall(call: ToolCallRequest) {
  return { type: "tool-call" as const, toolCallId: call.toolCallId, toolName: call.name, input: toInput(call.input) };
}

/** Arguments must be an object on every wire; what the model wrote wrongly is shown back to it as a string inside one. */
function toInput(input: string) {
  try {
    const parsed = jsonObject.safeParse(JSON.parse(input || "{}"));
    if (parsed.success) return parsed.data;
  } catch {
    // falls through: not JSON at all
  }
  return { invalidArguments: input };
}

/** Some providers refuse an object schema without `properties`, which MCP servers send for tools without arguments. */
function toTool({ name, description, inputSchema }: ToolDefinition): LanguageModelV4FunctionTool {
  const schema = { ...inputSchema, type: "object", ...("properties" in inputSchema ? {} : { properties: {} }) };
  return { type: "function", name, description, inputSchema: schema as LanguageModelV4FunctionTool["inputSchema"] };
}
