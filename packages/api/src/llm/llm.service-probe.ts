import { DomainError, failureMessage } from "@chatee/shared/failure";
import type { ConfigDraft, ConfigTest, EndpointDraft, ModelInfo, ProviderId } from "@chatee/shared/llm";
import { providerId } from "@chatee/shared/llm";
import type { Environment } from "../environment.ts";
import { assertKeyBelongs } from "./key-home.ts";
import type { Configs } from "./llm.service-configs.ts";
import type { OpenProvider, ProviderSettings } from "./provider.ts";
import { testModel } from "./test-config.ts";
import { untilAborted } from "./until-aborted.ts";

type ProbeDeps = {
  configs: Pick<Configs, "row" | "keyOf">;
  openProvider: OpenProvider;
  environment: Pick<Environment, "elapsedMs" | "wait">;
};

const testTimeoutMs = 30_000;
const modelsTimeoutMs = 15_000;

/** Asks real providers, for the settings screen: with a stored configuration or one that is still being typed. */
export function createProbe({ configs, openProvider, environment }: ProbeDeps) {
  /**
   * A draft that names a configuration and brings no key of its own uses the stored one, where that belongs.
   *
   * @throws DomainError `llm.key_needed` for a draft of another provider or origin
   */
  async function settingsOf(ownerId: string, input: EndpointDraft | { configId: string }): Promise<ProviderSettings> {
    const row = input.configId === undefined ? null : await configs.row(ownerId, input.configId);
    if ("provider" in input) {
      const endpoint = { provider: input.provider, apiUrl: input.apiUrl || null };
      if (input.apiKey !== undefined || row === null || row.apiKeyCipher === null)
        return { ...endpoint, apiKey: input.apiKey || null };
      assertKeyBelongs(row, endpoint);
      return { ...endpoint, apiKey: configs.keyOf(row) };
    }
    if (!row) throw new TypeError("neither a configuration nor a draft");
    return { provider: providerId.parse(row.provider), apiUrl: row.apiUrl, apiKey: configs.keyOf(row) };
  }

  /** Gives up with `llm.stalled`, and stops the work, after `afterMs` or when the caller leaves. */
  async function bounded<TResult>(
    provider: ProviderId,
    { afterMs, left }: { afterMs: number; left: AbortSignal | undefined },
    work: (signal: AbortSignal) => Promise<TResult>,
  ): Promise<TResult> {
    const late = new AbortController();
    const timer = new AbortController();
    const stall = () => late.abort(new DomainError({ code: "llm.stalled", provider, afterMs }));
    void environment.wait(afterMs, timer.signal).then(stall, () => {});
    const signal = left ? AbortSignal.any([left, late.signal]) : late.signal;
    try {
      return await untilAborted(work(signal), signal);
    } finally {
      timer.abort();
    }
  }

  return {
    /** Whatever the provider does wrong is in the answer; only an unknown configuration throws. */
    async test(ownerId: string, input: ConfigDraft | { configId: string }, left?: AbortSignal): Promise<ConfigTest> {
      const model = "model" in input ? input.model : (await configs.row(ownerId, input.configId)).model;
      const startedMs = environment.elapsedMs();
      const failed = (error: unknown): ConfigTest => {
        if (!(error instanceof DomainError) || error.failure.code === "llm.config_not_found") throw error;
        const latencyMs = Math.round(environment.elapsedMs() - startedMs);
        return { success: false, latencyMs, failure: error.failure, message: failureMessage(error.failure) };
      };
      try {
        const settings = await settingsOf(ownerId, input);
        const result = await bounded(settings.provider, { afterMs: testTimeoutMs, left }, async (signal) =>
          testModel(await openProvider(settings), model, signal, environment.elapsedMs),
        );
        if (!result.ok) return failed(new DomainError(result.failure));
        return { success: true, latencyMs: result.latencyMs, reply: result.reply };
      } catch (error) {
        return failed(error);
      }
    },
    /** @throws DomainError `llm.key_needed`, or another `llm.*` when the provider does not list its models */
    async models(
      ownerId: string,
      input: EndpointDraft | { configId: string },
      left?: AbortSignal,
    ): Promise<{ models: ModelInfo[] }> {
      const settings = await settingsOf(ownerId, input);
      const models = await bounded(settings.provider, { afterMs: modelsTimeoutMs, left }, async (signal) =>
        (await openProvider(settings)).models(signal),
      );
      return { models };
    },
  };
}
