/** Small archives in the shapes that their makers export. */

const said = (role: string, at: number, content: unknown, metadata: unknown = {}) => ({
  id: `in-${at}`,
  author: { role, name: null, metadata: {} },
  create_time: 1_700_000_000 + at + 0.25,
  update_time: null,
  content,
  status: "finished_successfully",
  end_turn: true,
  weight: 1,
  metadata,
  recipient: "all",
});
const text = (...parts: unknown[]) => ({ content_type: "text", parts });

/** A question with two answers, the older one left; thinking, a tool's words, and a hidden system text. */
export const chatGptConversation = {
  title: "Two answers 两个回答",
  create_time: 1_700_000_000.5,
  update_time: 1_700_000_100,
  mapping: {
    root: { id: "root", message: null, parent: null, children: ["sys"] },
    sys: {
      id: "sys",
      message: said("system", 0, text(""), { is_visually_hidden_from_conversation: true }),
      parent: "root",
      children: ["q"],
    },
    q: { id: "q", message: said("user", 1, text("What is 6 × 7?")), parent: "sys", children: ["a1", "t"] },
    a1: { id: "a1", message: said("assistant", 2, text("41")), parent: "q", children: [] },
    t: {
      id: "t",
      message: said("assistant", 3, {
        content_type: "thoughts",
        thoughts: [{ summary: "Math", content: "6 × 7 = 42" }],
      }),
      parent: "q",
      children: ["code"],
    },
    code: {
      id: "code",
      message: said("assistant", 4, { content_type: "code", language: "python", text: "print(6 * 7)" }),
      parent: "t",
      children: ["tool"],
    },
    tool: {
      id: "tool",
      message: said("tool", 5, { content_type: "execution_output", text: "42" }),
      parent: "code",
      children: ["a2"],
    },
    a2: {
      id: "a2",
      message: said("assistant", 6, text("42"), { model_slug: "gpt-5" }),
      parent: "tool",
      children: ["q2"],
    },
    q2: {
      id: "q2",
      message: said("user", 7, {
        content_type: "multimodal_text",
        parts: [{ content_type: "image_asset_pointer", asset_pointer: "file-service://file-x" }, "And this?"],
      }),
      parent: "a2",
      children: [],
    },
  },
  moderation_results: [],
  current_node: "q2",
  conversation_id: "6543a1b2-0000-4000-8000-000000000001",
  is_archived: false,
};

export const claudeConversation = {
  uuid: "0b7c9c5e-1111-4a4a-9b9b-000000000002",
  name: "Naming a cat",
  created_at: "2024-05-01T10:00:00.000000Z",
  updated_at: "2024-05-01T10:05:00.000000Z",
  account: { uuid: "acc" },
  chat_messages: [
    {
      uuid: "c1",
      text: "Name my cat",
      content: [{ type: "text", text: "Name my cat" }],
      sender: "human",
      created_at: "2024-05-01T10:00:01.000000Z",
      attachments: [{ file_name: "cat.txt", file_size: 4, file_type: "txt", extracted_content: "grey" }],
      files: [],
    },
    {
      uuid: "c2",
      text: "",
      content: [
        { type: "thinking", thinking: "Grey…" },
        { type: "text", text: "Ash." },
        { type: "tool_use", name: "artifacts", input: {} },
      ],
      sender: "assistant",
      created_at: "2024-05-01T10:00:05.000000Z",
      attachments: [],
      files: [],
    },
    { uuid: "broken", sender: "narrator" },
  ],
};
