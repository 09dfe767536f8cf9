import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAccessStore } from "@chatee/db/access.store";
import type { Database } from "@chatee/db/database";
import { createLlmStore } from "@chatee/db/llm.store";
import { describeEngines } from "@chatee/db/testing/engines";
import type { CreateConfig } from "@chatee/shared/llm";
import { createConfig } from "@chatee/shared/llm";
import { LLMock } from "@copilotkit/aimock";
import { expect, onTestFinished, test } from "vitest";
import { createAesSecrets } from "../secrets-aes.ts";
import { callContext, createStillEnvironment } from "../testing/call-context.ts";
import { createCallerFactory } from "../trpc.ts";
import { llmRouter } from "./llm.router.ts";
import { rotateLlmKeys } from "./llm.service-rotation.ts";
import { createLlmService } from "./llm.service.ts";
import { createOpenProvider } from "./providers/open-provider.ts";

function setUp(db: Database) {
  const clock = createStillEnvironment();
  const { environment } = clock;
  const store = createLlmStore(db);
  const access = createAccessStore(db);
  const secrets = createAesSecrets({ keys: [{ id: "k1", key: randomBytes(32) }], randomBytes });
  /** The demo model paces itself; here it need not. */
  const openProvider = createOpenProvider({ fetch, now: environment.now, wait: async () => {} });
  const llm = createLlmService({ store, audit: access, secrets, openProvider, environment });
  const as = (ownerId: string) => createCallerFactory(llmRouter)(callContext(ownerId, { llm }));
  const audited = async () =>
    (await access.listAudit("ann", { limit: 100 })).map(({ action, subjectId }) => [action, subjectId]);
  return { ...clock, store, llm, ann: as("ann"), bob: as("bob"), audited };
}

const deepseek = {
  configId: "c1",
  name: "DeepSeek",
  provider: "openai-compatible",
  model: "deepseek-chat",
  apiKey: "sk-deep",
} as const;

async function mockModel() {
  const mock = new LLMock({ port: 0 });
  mock.onMessage(/pong/, { content: "pong" });
  await mock.start();
  onTestFinished(() => mock.stop());
  return { mock, apiUrl: `${mock.url}/v1` };
}

/** Lists one model to whoever asks, and remembers what key they brought. */
async function keyRecorder() {
  const keys: (string | null)[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization ?? null);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ data: [{ id: "m" }] }));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { keys, apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

/** Takes requests and never answers. */
async function silentServer(): Promise<{ apiUrl: string; asked: Promise<void>; left: Promise<void> }> {
  const [asked, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const server = createServer((request) => {
    asked.resolve();
    request.socket.once("close", () => left.resolve());
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: asked.promise,
    left: left.promise,
  };
}

const failing = (code: string) => ({ cause: { failure: { code } } });

describeEngines("model configurations", (open) => {
  test("a fresh install can chat: the demo is there, works, and cannot be changed or removed", async () => {
    const { ann, llm } = setUp(await open());
    const { configs, total } = await ann.list();
    expect(total).toBe(1);
    expect(configs[0]).toMatchObject({
      configId: "demo",
      provider: "demo",
      model: "demo",
      enabled: true,
      metadata: { builtin: true },
    });
    expect((await llm.resolve("ann", null)).config.configId).toBe("demo");
    expect(await ann.test({ configId: "demo" })).toMatchObject({ success: true, reply: expect.stringMatching(/\w/) });
    await expect(ann.update({ configId: "demo", name: "Mine" })).rejects.toMatchObject(failing("auth.forbidden"));
    await expect(ann.delete({ configId: "demo" })).rejects.toMatchObject(failing("auth.forbidden"));
    await expect(ann.create({ ...deepseek, configId: "demo" })).rejects.toMatchObject(failing("llm.config_exists"));
  });

  test("what is created is listed oldest first with the demo last, without its key", async () => {
    const { ann, advance } = setUp(await open());
    const created = await ann.create({
      ...deepseek,
      apiUrl: "",
      tags: ["cn"],
      metadata: { "my Key": { deep_er: [1] } },
    });
    advance(1);
    await ann.create({ name: "Local", provider: "ollama", model: "qwen3:8b" });
    const { configs, total } = await ann.list();
    expect([total, ...configs.map(({ name }) => name)]).toEqual([3, "DeepSeek", "Local", "Demo"]);
    expect(configs[0]).toEqual(created);
    expect(created).toMatchObject({
      hasApiKey: true,
      apiUrl: null,
      tags: ["cn"],
      metadata: { "my Key": { deep_er: [1] } },
    });
    expect(configs[1]).toMatchObject({ hasApiKey: false, enabled: true, tags: [] });
    expect(JSON.stringify(configs)).not.toMatch(/sk-deep|cipher|v1\.k1|ann/i);
  });

  test("the user's word on capabilities wins over the registry", async () => {
    const { ann } = setUp(await open());
    const metadata = { capabilities: { contextWindowTokens: 4_096, vision: true } };
    const { capabilities } = await ann.create({ ...deepseek, model: "gpt-4", metadata });
    expect(capabilities).toMatchObject({ contextWindowTokens: 4_096, vision: true, tools: true });
  });

  test("a retried create is harmless; the same id with other content, or of another owner, is refused", async () => {
    const { ann, bob } = setUp(await open());
    const first = await ann.create(deepseek);
    expect(await ann.create(deepseek)).toEqual(first);
    expect((await ann.list()).total).toBe(2);
    await expect(ann.create({ ...deepseek, apiKey: "sk-other" })).rejects.toMatchObject(failing("llm.config_exists"));
    await expect(ann.create({ ...deepseek, model: "other" })).rejects.toMatchObject(failing("llm.config_exists"));
    await expect(bob.create(deepseek)).rejects.toMatchObject(failing("llm.config_exists"));
  });

  test("an update without a key or with an empty field keeps it, null clears it, and absent fields stay", async () => {
    const { ann, advance } = setUp(await open());
    await ann.create({ ...deepseek, description: "fast", maxTokens: 100 });
    advance(5);
    const renamed = await ann.update({ configId: "c1", name: "DS", maxTokens: null });
    expect(renamed).toMatchObject({ name: "DS", description: "fast", maxTokens: null, hasApiKey: true });
    expect(renamed.updatedAtMs - renamed.createdAtMs).toBe(5);
    expect(await ann.key({ configId: "c1" })).toEqual({ apiKey: "sk-deep" });
    await ann.update({ configId: "c1", apiKey: "sk-new" });
    await ann.update({ configId: "c1", apiKey: " " });
    expect(await ann.key({ configId: "c1" })).toEqual({ apiKey: "sk-new" });
    expect(await ann.update({ configId: "c1", apiKey: null })).toMatchObject({ hasApiKey: false });
    expect(await ann.key({ configId: "c1" })).toEqual({ apiKey: null });
  });

  test("nobody but the owner sees, changes, tests, reveals, exports, removes or uses a configuration", async () => {
    const { ann, bob, llm, audited } = setUp(await open());
    await ann.create(deepseek);
    const ref = { configId: "c1" };
    const draft = { ...ref, provider: "openai-compatible", apiUrl: "http://127.0.0.1:9", model: "m" } as const;
    const attempts = [
      () => bob.get(ref),
      () => bob.update({ ...ref, name: "x" }),
      () => bob.key(ref),
      () => bob.test(ref),
      () => bob.test(draft),
      () => bob.models(draft),
      () => bob.export({ ...ref, includeKeys: true }),
      () => bob.delete(ref),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(failing("llm.config_not_found"));
    await expect(llm.resolve("bob", "c1")).rejects.toMatchObject({ failure: { code: "llm.config_not_found" } });
    expect((await bob.list()).total).toBe(1);
    expect(await ann.get(ref)).toMatchObject({ name: "DeepSeek" });
    expect(await audited()).toEqual([]);
  });

  test("a key is audited before it is shown: when the audit cannot be written, nothing is", async () => {
    const db = await open();
    const { ann, audited } = setUp(db);
    await ann.create(deepseek);
    await ann.key({ configId: "c1" });
    await ann.export({ includeKeys: true });
    await ann.export({ configId: "c1", includeKeys: true });
    await ann.export({ configId: "c1" });
    const expected = [
      ["llm.key_revealed", "c1"],
      ["llm.keys_exported", "all"],
      ["llm.keys_exported", "c1"],
    ];
    const byText = (a: unknown[], b: unknown[]) => a.join().localeCompare(b.join());
    expect((await audited()).toSorted(byText)).toEqual(expected);
    const failingAudit = {
      appendAudit: () => Promise.reject(new Error("disk full")),
      auditEntry: () => expect.fail("nothing is changed"),
    };
    const secrets = { seal: (text: string) => text, open: () => expect.fail("the key was opened before the audit") };
    const { environment } = createStillEnvironment();
    const unaudited = createLlmService({
      store: createLlmStore(db),
      audit: failingAudit,
      secrets,
      openProvider: async () => expect.fail("no provider is needed"),
      environment,
    });
    await expect(unaudited.key("ann", "c1")).rejects.toThrow("disk full");
    await expect(unaudited.export("ann", { includeKeys: true })).rejects.toThrow("disk full");
  });

  test("what becomes of a stored key is audited with the change, and never without it", async () => {
    const { ann, bob, audited, advance } = setUp(await open());
    await ann.create(deepseek);
    await ann.update({ configId: "c1", name: "DS" });
    await expect(bob.update({ configId: "c1", apiKey: "sk-bob" })).rejects.toMatchObject(
      failing("llm.config_not_found"),
    );
    expect(await audited()).toEqual([]);
    await ann.update({ configId: "c1", apiKey: "sk-new" });
    advance(1);
    await ann.update({ configId: "c1", apiKey: null });
    await ann.update({ configId: "c1", apiKey: null });
    expect(await audited()).toEqual([
      ["llm.key_removed", "c1"],
      ["llm.key_saved", "c1"],
    ]);
  });

  test("a stored key does not move to another provider or origin: it comes anew, goes, or nothing is changed", async () => {
    const { ann } = setUp(await open());
    const before = await ann.create({ ...deepseek, apiUrl: "https://api.deepseek.com/v1" });
    const elsewhere = [
      { apiUrl: "https://api.deepseek.com.evil.example/v1" },
      { apiUrl: "http://api.deepseek.com/v1" },
      { apiUrl: "https://api.deepseek.com:8443/v1" },
      { apiUrl: "" },
      { apiUrl: null },
      { provider: "openai" },
      { provider: "anthropic", apiUrl: null },
      { provider: "demo" },
    ] as const;
    for (const move of elsewhere) {
      const refused = { code: "llm.key_needed", configId: "c1", host: "api.deepseek.com", provider: deepseek.provider };
      const update = ann.update({ configId: "c1", name: "Moved", ...move });
      await expect(update, JSON.stringify(move)).rejects.toMatchObject({ cause: { failure: refused } });
    }
    expect(await ann.get({ configId: "c1" })).toEqual(before);

    const sameOrigin = { apiUrl: "https://API.deepseek.com:443/beta", provider: deepseek.provider };
    expect(await ann.update({ configId: "c1", ...sameOrigin })).toMatchObject({ hasApiKey: true });
    await ann.update({ configId: "c1", apiUrl: "https://b.example/v1", apiKey: "sk-b" });
    expect(await ann.key({ configId: "c1" })).toEqual({ apiKey: "sk-b" });
    const without = await ann.update({ configId: "c1", apiUrl: "https://c.example/v1", apiKey: null });
    expect(without).toMatchObject({ apiUrl: "https://c.example/v1", hasApiKey: false });
    expect(await ann.update({ configId: "c1", apiUrl: null, provider: "ollama" })).toMatchObject({ apiUrl: null });
  });

  test("no address and the maker's own are one place", async () => {
    const { ann } = setUp(await open());
    await ann.create({ ...deepseek, provider: "openai" });
    const named = await ann.update({ configId: "c1", apiUrl: "https://api.openai.com/v1/responses" });
    expect(named.hasApiKey).toBe(true);
    expect(await ann.update({ configId: "c1", apiUrl: null })).toMatchObject({ apiUrl: null, hasApiKey: true });
    const proxied = ann.update({ configId: "c1", apiUrl: "https://openai.example/v1" });
    await expect(proxied).rejects.toThrow("api.openai.com");
  });

  test("of a key and a move that come at the same moment, the key is never taken along", async () => {
    const { ann } = setUp(await open());
    for (let round = 0; round < 10; round++) {
      const configId = `race-${round}`;
      await ann.create({ ...deepseek, configId, apiUrl: "https://a.example/v1", apiKey: undefined });
      const [key, move] = await Promise.allSettled([
        ann.update({ configId, apiUrl: "https://a.example/v1", apiKey: "sk-for-a" }),
        ann.update({ configId, apiUrl: "https://b.example/v1" }),
      ]);
      const { apiUrl, hasApiKey } = await ann.get({ configId });
      expect(key.status).toBe("fulfilled");
      // Moved first, it was moved back by whoever brought the key; moved second, it was refused.
      expect([apiUrl, hasApiKey]).toEqual(["https://a.example/v1", true]);
      if (move.status === "rejected") expect(move.reason).toMatchObject(failing("llm.key_needed"));
    }
  });

  test("a key that was sealed elsewhere fails closed, and the configuration stays usable otherwise", async () => {
    const db = await open();
    await setUp(db).ann.create(deepseek);
    const { ann, llm } = setUp(db);
    await expect(ann.key({ configId: "c1" })).rejects.toMatchObject(failing("secret.unreadable"));
    await expect(llm.resolve("ann", "c1")).rejects.toMatchObject({ failure: { code: "secret.unreadable" } });
    expect(await ann.test({ configId: "c1" })).toMatchObject({
      success: false,
      failure: { code: "secret.unreadable" },
    });
    await ann.update({ configId: "c1", apiKey: "sk-again" });
    expect(await ann.key({ configId: "c1" })).toEqual({ apiKey: "sk-again" });
  });

  test("resolve takes the oldest enabled configuration and never a disabled one", async () => {
    const { ann, llm, advance } = setUp(await open());
    await ann.create({ ...deepseek, enabled: false });
    advance(1);
    await ann.create({ name: "Second", provider: "ollama", model: "qwen3", configId: "c2" });
    expect((await llm.resolve("ann", null)).config.configId).toBe("c2");
    await expect(llm.resolve("ann", "c1")).rejects.toMatchObject({
      failure: { code: "llm.config_disabled", configId: "c1" },
    });
    await ann.delete({ configId: "c2" });
    expect((await llm.resolve("ann", null)).config.configId).toBe("demo");
  });

  test("an export with keys restores every configuration elsewhere; without keys it holds none", async () => {
    const { ann, bob } = setUp(await open());
    await ann.create({ ...deepseek, tags: ["a"], description: "d", maxTokens: 9, metadata: { x: 1 }, enabled: false });
    const bare = await ann.export({});
    expect(bare).toMatchObject({ version: "1.0", exportType: "llm_configs", exportedAtMs: 1_700_000_000_000 });
    expect(JSON.stringify(bare)).not.toMatch(/apiKey|sk-deep|v1\.k1|demo/);
    const one = await ann.export({ configId: "c1", includeKeys: true });
    const { imported, skipped } = await bob.import(one);
    expect([imported.map(({ name }) => name), skipped]).toEqual([["DeepSeek"], []]);
    const configId = imported[0]?.configId ?? "";
    expect(configId).not.toBe("c1");
    const { configId: _one, ...original } = await ann.get({ configId: "c1" });
    expect(await bob.get({ configId })).toEqual({ configId, ...original });
    expect(await bob.key({ configId })).toEqual({ apiKey: "sk-deep" });
  });

  test("importing twice adds nothing, unless copies are asked for; one bad entry stops the whole import", async () => {
    const { ann } = setUp(await open());
    const llmConfigs = [
      { name: "A", provider: "openai", model: "gpt-4o", apiKey: "sk-a", apiUrl: null, tags: null, enabled: null },
      { name: "B", provider: "ollama", model: "qwen3" },
      { name: "B", provider: "ollama", model: "qwen3" },
    ] as const;
    const file = { exportType: "llm_configs" as const, llmConfigs: [...llmConfigs] };
    expect(await ann.import(file)).toMatchObject({ imported: [{ name: "A" }, { name: "B" }], skipped: ["B"] });
    expect(await ann.import(file)).toEqual({ imported: [], skipped: ["A", "B", "B"] });
    expect((await ann.import({ ...file, skipExisting: false })).imported).toHaveLength(3);
    expect((await ann.list()).total).toBe(6);
    const refused = { code: "BAD_REQUEST" };
    const bad = { name: "C", provider: "ollama", model: "" } as const;
    await expect(
      ann.import({ llmConfigs: [{ name: "D", provider: "ollama", model: "m" }, bad] }),
    ).rejects.toMatchObject(refused);
    await expect(ann.import({ version: "1.0" })).rejects.toMatchObject(refused);
    expect((await ann.list()).total).toBe(6);
  });
});

describeEngines("key rotation", (open) => {
  test("moves every owner's key to the newest secret key, skips what it cannot read, and may run twice", async () => {
    const store = createLlmStore(await open());
    const [old, fresh, lost] = ["old", "fresh", "lost"].map((id) => ({ id, key: randomBytes(32) }));
    if (!old || !fresh || !lost) throw new Error("three keys");
    const secretsOf = (...keys: (typeof old)[]) => createAesSecrets({ keys, randomBytes });
    const context = (configId: string) => `llm_configs/${configId}/api_key`;
    const row = { name: "n", provider: "openai", model: "m", enabled: true, tags: [], createdAtMs: 1, updatedAtMs: 1 };
    for (let at = 0; at < 130; at++) {
      const [configId, owner] = [`c${String(at).padStart(3, "0")}`, at % 2 ? "ann" : "bob"];
      await store.insert(owner, {
        ...row,
        configId,
        apiKeyCipher: secretsOf(old).seal(`sk-${configId}`, context(configId)),
      });
    }
    await store.insert("ann", { ...row, configId: "d1", apiKeyCipher: secretsOf(lost).seal("sk", context("d1")) });
    await store.insert("ann", { ...row, configId: "d2", apiKeyCipher: null });
    const secrets = secretsOf(fresh, old);
    expect(await rotateLlmKeys({ store, secrets })).toEqual({ resealed: 130, unreadable: ["d1"] });
    expect(await rotateLlmKeys({ store, secrets })).toEqual({ resealed: 0, unreadable: ["d1"] });
    const moved = await store.find("bob", "c128");
    expect(secretsOf(fresh).open(moved?.apiKeyCipher ?? "", context("c128"))).toBe("sk-c128");
  });
});

describeEngines("asking a provider", (open) => {
  test("a test sends the stored key to the configured address and shows the reply", async () => {
    const { ann } = setUp(await open());
    const { mock, apiUrl } = await mockModel();
    await ann.create({ ...deepseek, apiUrl });
    expect(await ann.test({ configId: "c1" })).toEqual({ success: true, latencyMs: 0, reply: "pong" });
    expect(mock.getRequests().at(-1)?.body).toMatchObject({ model: "deepseek-chat" });
  });

  test("a provider's refusal is an answer with the failure, not an error, and never shows the key", async () => {
    const { ann } = setUp(await open());
    const { mock, apiUrl } = await mockModel();
    mock.nextRequestError(401, { message: "Incorrect API key provided: sk-deep" });
    const answer = await ann.test({ ...deepseek, configId: undefined, apiUrl });
    expect(answer).toMatchObject({
      success: false,
      failure: { code: "llm.wrong_key" },
      message: expect.stringContaining("key"),
    });
    expect(JSON.stringify(answer)).not.toContain("sk-deep");
    const nobody = { provider: "openai-compatible", apiUrl: "http://127.0.0.1:1/v1", model: "m" } as const;
    expect(await ann.test(nobody)).toMatchObject({ success: false, failure: { code: "llm.unreachable" } });
  });

  test("models come live from the provider, with a stored configuration and with a draft", async () => {
    const { ann } = setUp(await open());
    const { mock, apiUrl } = await mockModel();
    mock.addFixture({ match: { model: "house-model" }, response: { content: "x" } });
    await ann.create({ ...deepseek, apiUrl });
    const stored = await ann.models({ configId: "c1" });
    expect(stored.models.map(({ model }) => model)).toContain("house-model");
    expect(await ann.models({ provider: "openai-compatible", apiUrl, apiKey: "sk-x" })).toEqual(stored);
    const nobody = ann.models({ provider: "openai-compatible", apiUrl: "http://127.0.0.1:1/v1" });
    await expect(nobody).rejects.toMatchObject(failing("llm.unreachable"));
  });

  test("an editor's draft without a key uses the stored one at the stored origin, a cleared key does not", async () => {
    const { llm, ann } = setUp(await open());
    const { keys, apiUrl } = await keyRecorder();
    await ann.create({ ...deepseek, apiUrl });
    const draft = { configId: "c1", provider: "openai-compatible", apiUrl: `${apiUrl}/` } as const;
    await llm.models("ann", draft);
    await llm.models("ann", { ...draft, apiKey: null });
    await llm.models("ann", { ...draft, apiKey: "sk-typed" });
    expect(keys).toEqual(["Bearer sk-deep", null, "Bearer sk-typed"]);
  });

  test("an editor's draft of another provider or origin brings its own key: the stored one is not sent there", async () => {
    const { ann, audited } = setUp(await open());
    const { keys, apiUrl } = await keyRecorder();
    await ann.create(deepseek);
    await ann.create({ ...deepseek, configId: "c2", apiUrl });
    await ann.create({ ...deepseek, configId: "bare", apiKey: undefined });
    const drafts = [
      { configId: "c1", provider: "openai-compatible", apiUrl },
      { configId: "c2", provider: "openai", apiUrl },
      { configId: "c2", provider: "openai-compatible", apiUrl: apiUrl.replace("127.0.0.1", "localhost") },
      { configId: "c2", provider: "ollama", apiUrl },
    ] as const;
    for (const draft of drafts) {
      await expect(ann.models(draft)).rejects.toMatchObject(failing("llm.key_needed"));
      expect(await ann.test({ ...draft, model: "m" })).toMatchObject({
        success: false,
        failure: { code: "llm.key_needed", configId: draft.configId },
        message: expect.stringMatching(/goes nowhere else/),
      });
    }
    expect(keys).toEqual([]);
    await ann.models({ ...drafts[0], apiKey: "sk-typed" });
    await ann.models({ ...drafts[0], apiKey: null });
    await ann.models({ ...drafts[0], configId: "bare" });
    expect(keys).toEqual(["Bearer sk-typed", null, null]);
    expect(await audited()).toEqual([]);
  });

  test("a silent provider is given up on after a bounded time and its connection is closed", async () => {
    const { ann, advance } = setUp(await open());
    const tested = await silentServer();
    const answer = ann.test({ provider: "openai-compatible", apiUrl: tested.apiUrl, model: "m" });
    await tested.asked;
    advance(30_000);
    expect(await answer).toMatchObject({
      success: false,
      latencyMs: 30_000,
      failure: { code: "llm.stalled", afterMs: 30_000 },
    });
    await tested.left;
    const listed = await silentServer();
    const models = ann.models({ provider: "openai-compatible", apiUrl: listed.apiUrl });
    await listed.asked;
    advance(15_000);
    await expect(models).rejects.toMatchObject(failing("llm.stalled"));
    await listed.left;
  });

  test("when the caller leaves, the provider's connection is closed", async () => {
    const { llm } = setUp(await open());
    const { apiUrl, asked, left } = await silentServer();
    const caller = new AbortController();
    const answer = llm.test("ann", { provider: "openai-compatible", apiUrl, model: "m" }, caller.signal);
    await asked;
    caller.abort(new Error("gone"));
    await expect(answer).rejects.toThrow("gone");
    await left;
  });
});

test("an address that is no plain http address is refused where it enters", () => {
  const input = (apiUrl: string): CreateConfig =>
    createConfig.parse({ name: "x", provider: "openai", model: "m", apiUrl });
  for (const bad of ["ftp://x.example", "javascript:alert(1)", "http://user:pass@x.example", "x.example"]) {
    expect(() => input(bad), bad).toThrow(/must/);
  }
  expect(input("http://127.0.0.1:11434").apiUrl).toBe("http://127.0.0.1:11434");
});
