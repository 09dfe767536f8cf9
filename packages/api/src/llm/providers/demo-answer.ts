import type { ModelMessage, ModelRequest } from "../provider.ts";

export type DemoAnswer = { thinking: string; content: string; call: string | null };

const maxSummaryPoints = 20;

type ToolMessage = Extract<ModelMessage, { role: "tool" }>;

/** What the demo model says: the same for the same conversation, in the language of the question. */
export function toAnswer(request: ModelRequest, asked: string, turn: readonly ModelMessage[]): DemoAnswer {
  const words = /\p{Script=Han}/u.test(asked) ? chinese : english;
  const result = turn.findLast((message): message is ToolMessage => message.role === "tool");
  if (result) return { thinking: words.gotResult, content: words.ofResult(result), call: null };

  if (/\b(time|clock|tools?)\b|工具|时间|几点/i.test(asked)) {
    const clock = request.tools.find(({ name }) => /clock|time/i.test(name));
    if (clock) return { thinking: words.willCall(clock.name), content: "", call: clock.name };
    const names = request.tools.map(({ name }) => `\`${name}\``);
    return { thinking: words.lookAround, content: words.tools(names), call: null };
  }
  if (/\bsummar|总结|摘要/i.test(asked)) {
    const earlier = request.messages.filter((message) => message.role === "user").slice(0, -1);
    const points = earlier.slice(-maxSummaryPoints).map(({ content }) => `- ${excerptOf(content)}`);
    return { thinking: words.lookBack, content: `${words.summary}\n\n${points.join("\n")}`.trim(), call: null };
  }
  const topic = words.topics.find(({ about }) => about.test(asked));
  return { thinking: words.think(excerptOf(asked)), content: topic?.say ?? words.introduction, call: null };
}

const excerptOf = (text: string) => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
};

const english = {
  think: (asked: string) =>
    `The user wrote: "${asked}". I am the built-in demo model, so I say what I know: how chatee works.`,
  lookBack: "The user wants a summary. I list what was asked.",
  summary: "The conversation was about:",
  lookAround: "The user asks about tools. Let me see which ones this session has.",
  willCall: (name: string) => `The user wants something I cannot know by myself. The tool ${name} can tell me.`,
  gotResult: "The tool has answered. I pass it on in plain words.",
  ofResult: ({ name, output, isError }: ToolMessage) =>
    isError
      ? `The tool \`${name}\` failed and said:\n\n> ${output}\n\nYou can try again, or ask me something else.`
      : `The tool \`${name}\` says: **${output}**\n\nThat is the whole loop: I asked for a tool, chatee ran it, and its result came back to me.`,
  tools: (names: string[]) =>
    names.length > 0
      ? `This session has these tools:\n\n${names.map((name) => `- ${name}`).join("\n")}\n\nWrite \`/demo tool\` and I call the first one.`
      : "No tool is attached to this session. Add an MCP server in the settings, attach it here, and ask again.",
  introduction: `Hello! I am the **demo model** built into chatee. I need no key and no network, so you can try everything right away.

What you can do here:

- **Chat** with any model and watch it think
- give it **tools** through MCP servers
- turn what works into a **workflow**
- let several agents argue at a **roundtable**
- **research** a question over your own sources

| Provider | Needs a key | Thinking is shown |
| --- | --- | --- |
| OpenAI, Anthropic, Gemini | yes | yes |
| Ollama | no | yes |
| Demo (me) | no | yes |

Every message also goes through the API:

\`\`\`ts
await trpc.messages.send.mutate({ sessionId, content: "Hello" });
\`\`\`

Add a model in the settings when you are ready, or ask me about tools, workflows or the roundtable.`,
  topics: [
    {
      about: /workflow/i,
      say: "A **workflow** repeats what worked in a chat:\n\n1. pick the messages and tool calls to keep\n2. name their inputs\n3. run it as often as you like\n\nEach step is journaled, so a run goes on where it stopped, even after a restart.",
    },
    {
      about: /round ?table/i,
      say: "At a **roundtable** several sessions discuss one question. Each keeps its own model, prompt and tools; you decide who speaks next, or let them take turns.",
    },
    {
      about: /\bmcp\b|server/i,
      say: 'An **MCP server** gives a model tools. Remote ones need an address, local ones a command that you approve once:\n\n```json\n{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/data"] }\n```\n\nNothing starts before you have approved it.',
    },
    {
      about: /research|source/i,
      say: "**Research** answers a question from sources you choose: add addresses or files, ask, and get a report whose statements link to the passages they rest on.",
    },
  ],
};

const chinese: typeof english = {
  think: (asked) => `用户写道：“${asked}”。我是内置的演示模型，就讲讲我知道的：chatee 怎么用。`,
  lookBack: "用户想要一份总结，我列出问过的内容。",
  summary: "这段对话谈到了：",
  lookAround: "用户在问工具。先看看这个会话里有哪些工具。",
  willCall: (name) => `这件事我自己无从知道，可以调用工具 ${name}。`,
  gotResult: "工具已经返回结果，我用通俗的话转述。",
  ofResult: ({ name, output, isError }) =>
    isError
      ? `工具 \`${name}\` 执行失败，它说：\n\n> ${output}\n\n可以再试一次，或者问我别的。`
      : `工具 \`${name}\` 的结果是：**${output}**\n\n这就是完整的一圈：我请求工具，chatee 执行它，结果再回到我这里。`,
  tools: (names) =>
    names.length > 0
      ? `这个会话可以使用这些工具：\n\n${names.map((name) => `- ${name}`).join("\n")}\n\n输入 \`/demo tool\`，我就调用第一个。`
      : "这个会话还没有接入工具。请在设置里添加一个 MCP 服务器，接入会话后再问我。",
  introduction: `你好！我是 chatee 内置的**演示模型**，不需要密钥，也不需要联网，现在就可以试用所有功能。

在这里你可以：

- 和任何模型**对话**，并看到它的思考过程
- 通过 MCP 服务器给它**工具**
- 把行之有效的步骤变成**工作流**
- 让几个智能体在**圆桌**上讨论
- 用你自己的资料做**研究**

| 提供方 | 需要密钥 | 显示思考 |
| --- | --- | --- |
| OpenAI、Anthropic、Gemini | 是 | 是 |
| Ollama | 否 | 是 |
| 演示模型（我） | 否 | 是 |

每条消息也可以通过接口发送：

\`\`\`ts
await trpc.messages.send.mutate({ sessionId, content: "你好" });
\`\`\`

准备好之后，请在设置里添加一个模型；也可以接着问我工具、工作流或圆桌。`,
  topics: [
    {
      about: /工作流|workflow/i,
      say: "**工作流**可以重复对话里行之有效的步骤：\n\n1. 选出要保留的消息和工具调用\n2. 给输入起名字\n3. 想运行几次就运行几次\n\n每一步都有记录，重启之后也会从停下的地方继续。",
    },
    {
      about: /圆桌|roundtable/i,
      say: "在**圆桌**上，几个会话一起讨论同一个问题。每个会话保留自己的模型、提示词和工具；由你决定谁发言，或者让它们轮流发言。",
    },
    {
      about: /mcp|服务器/i,
      say: '**MCP 服务器**给模型提供工具。远程的只需要地址，本地的需要一条由你批准的命令：\n\n```json\n{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/data"] }\n```\n\n批准之前，什么都不会启动。',
    },
    {
      about: /研究|资料|来源/,
      say: "**研究**用你选定的资料回答问题：添加网址或文件，提出问题，得到一份报告，其中的每个结论都链接到它依据的原文。",
    },
  ],
};
