import type { Json, JsonObject } from "@chatee/shared/json";
import type { McpResourceContent } from "@chatee/shared/mcp";
import type { Insertion } from "../messages/insertion.ts";
import type { Pasted } from "../messages/pasted.ts";
import { isObject, textOf } from "./offers.ts";

/** What a prompt or a resource brings into a message, and how many of its parts a message cannot hold. */
export type Taken = Insertion & { leftOut: number };

type Speaker = "user" | "assistant";
type Said = { speaker: Speaker; text: string };

/**
 * A prompt's texts one below the other; what it carries along becomes cards and files. Where it also has words of the
 * model, `speakers` tell whose each text is. What it only links to is left out.
 */
export function takePrompt(name: string, prompt: JsonObject, speakers: Readonly<Record<Speaker, string>>): Taken {
  const said: Said[] = [];
  const carried: McpResourceContent[] = [];
  let leftOut = 0;
  const messages = Array.isArray(prompt["messages"]) ? prompt["messages"].filter(isObject) : [];
  for (const { role, content } of messages) {
    const speaker = role === "assistant" ? "assistant" : "user";
    for (const part of Array.isArray(content) ? content : [content]) {
      const data = readCarried(part);
      if (data) carried.push(data);
      else if (!isObject(part) || part["type"] !== "text") leftOut++;
      else said.push({ speaker, text: toLines(textOf(part["text"]) ?? "") });
    }
  }
  const spoken = said.filter(({ text }) => text !== "");
  const isDialogue = spoken.some(({ speaker }) => speaker === "assistant");
  const text = spoken.map(({ speaker, text }) => (isDialogue ? `${speakers[speaker]}:\n${text}` : text)).join("\n\n");
  const { pasted, files, leftOut: unusable } = takeContents(carried, ({ uri }) => lastSegmentOf(uri) ?? name);
  return { text, pasted, files, leftOut: leftOut + unusable };
}

/** A resource's texts as cards, its bytes as files, named by the resource. */
export function takeResource(name: string, contents: readonly McpResourceContent[]): Taken {
  // A folder is read as several contents; each has an address of its own.
  const nameOf = ({ uri }: McpResourceContent) => (contents.length === 1 ? name : (lastSegmentOf(uri) ?? name));
  return { text: "", ...takeContents(contents, nameOf) };
}

export function isNothing({ text, pasted, files }: Insertion): boolean {
  return text === "" && pasted.length === 0 && files.length === 0;
}

function takeContents(contents: readonly McpResourceContent[], nameOf: (content: McpResourceContent) => string) {
  const pasted: Pasted[] = [];
  const files: File[] = [];
  let leftOut = 0;
  for (const content of contents) {
    const { mimeType, text, blob } = content;
    const name = nameOf(content);
    const bytes = blob === undefined ? null : bytesOf(blob);
    if (text !== undefined && text.trim() !== "") pasted.push({ name, text: toLines(text) });
    else if (bytes) files.push(new File([bytes], withEnding(name, mimeType), { type: mimeType ?? "" }));
    else leftOut++;
  }
  return { pasted, files, leftOut };
}

/** A part of a prompt that carries its own data: a resource, a picture, a sound. */
function readCarried(part: Json | undefined): McpResourceContent | null {
  if (!isObject(part)) return null;
  const { type, resource, mimeType, data } = part;
  if (type === "image" || type === "audio") return toContent({ mimeType, blob: data });
  return type === "resource" && isObject(resource) ? toContent(resource) : null;
}

function toContent({ uri, mimeType, text, blob }: { [key: string]: Json | undefined }): McpResourceContent {
  return {
    uri: textOf(uri) ?? "",
    ...(typeof mimeType === "string" && { mimeType }),
    ...(typeof text === "string" && { text }),
    ...(typeof blob === "string" && { blob }),
  };
}

function toLines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** Null when it is not base64, or nothing. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  let raw: string;
  try {
    raw = atob(base64);
  } catch {
    return null;
  }
  if (raw === "") return null;
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

function lastSegmentOf(uri: string): string | null {
  const segment = uri
    .split(/[?#]/, 1)[0]
    ?.split("/")
    .findLast((one) => one !== "");
  if (segment === undefined || segment.endsWith(":")) return null;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `chart` that is an `image/png` is saved as `chart.png`. */
function withEnding(name: string, mimeType: string | undefined): string {
  const ending = /^[a-z]+\/([a-z0-9]{1,8})$/.exec(mimeType ?? "")?.[1];
  return ending === undefined || /\.[a-z0-9]{1,8}$/i.test(name) ? name : `${name}.${ending}`;
}
