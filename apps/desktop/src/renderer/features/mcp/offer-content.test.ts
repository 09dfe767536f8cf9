import type { Json, JsonObject } from "@chatee/shared/json";
import { expect, test } from "vitest";
import { isNothing, takePrompt, takeResource } from "./offer-content.ts";

const speakers = { user: "User", assistant: "Assistant" };
const said = (role: string, text: string) => ({ role, content: { type: "text", text } });
const base64 = (text: string) => btoa(text);

test("the texts of a prompt stand one below the other; with words of the model in it, each says whose it is", () => {
  const asked = takePrompt("greet", { messages: [said("user", "Hello\r\nyou"), said("user", "Bye")] }, speakers);
  expect(asked).toEqual({ text: "Hello\nyou\n\nBye", pasted: [], files: [], leftOut: 0 });
  const both = takePrompt("greet", { messages: [said("user", "Hello"), said("assistant", "Hi")] }, speakers);
  expect(both.text).toBe("User:\nHello\n\nAssistant:\nHi");
});

test("what a prompt carries comes along as cards and files, and what it only points to is counted", async () => {
  const contents: Json[] = [
    { type: "text", text: "Read this" },
    { type: "resource", resource: { uri: "file:///notes/a%20b.md?v=1", text: "# a" } },
    { type: "image", data: base64("pixels"), mimeType: "image/png" },
    { type: "resource_link", uri: "file:///far", name: "far" },
    { type: "audio", data: "not base64!", mimeType: "audio/wav" },
    "nonsense",
  ];
  const taken = takePrompt("sketch", { messages: contents.map((content) => ({ role: "user", content })) }, speakers);
  expect(taken).toMatchObject({ text: "Read this", pasted: [{ name: "a b.md", text: "# a" }], leftOut: 3 });
  expect(taken.files.map(({ name, type }) => [name, type])).toEqual([["sketch.png", "image/png"]]);
  expect(await taken.files[0]?.text()).toBe("pixels");
});

test("whatever a server answers instead of a prompt brings nothing", () => {
  const odd: JsonObject[] = [{}, { messages: "x" }, { messages: [1, said("user", " ")] }];
  for (const prompt of odd) expect(isNothing(takePrompt("p", prompt, speakers))).toBe(true);
});

test("a resource is called by its own name, the contents of a folder by theirs", async () => {
  expect(takeResource("notes", [{ uri: "file:///x.md", text: "one" }]).pasted).toEqual([
    { name: "notes", text: "one" },
  ]);
  const folder = takeResource("folder", [
    { uri: "file:///f/x.md", text: "one" },
    { uri: "file:///f/%E0%A4%A", text: "two" },
    { uri: "memo://", text: "three" },
    { uri: "file:///f/y.bin", blob: base64("bytes") },
    { uri: "file:///f/empty", text: "" },
  ]);
  expect(folder.pasted.map(({ name }) => name)).toEqual(["x.md", "%E0%A4%A", "folder"]);
  expect(folder.files.map(({ name }) => name)).toEqual(["y.bin"]);
  expect(folder.leftOut).toBe(1);
  const named = (mimeType: string, name = "chart") => takeResource(name, [{ uri: "x:y", mimeType, blob: base64("b") }]);
  expect(named("image/png").files[0]?.name).toBe("chart.png");
  expect(named("image/png", "chart.old.PNG").files[0]?.name).toBe("chart.old.PNG");
  expect(named("application/octet-stream").files[0]?.name).toBe("chart");
  expect(isNothing(takeResource("nothing", []))).toBe(true);
});
