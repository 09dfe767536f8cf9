import type { Capabilities, ProviderId } from "@chatee/shared/llm";

type Family = { pattern: RegExp; provider?: ProviderId; capabilities: Capabilities };

/** Flags: v vision, t tools, r thinking; upper case yes, lower case no, absent unknown. */
function family(
  pattern: RegExp,
  contextWindowTokens: number | null,
  maxOutputTokens: number | null,
  flags: string,
): Family {
  const flag = (letter: string) =>
    flags.includes(letter.toUpperCase()) ? true : flags.includes(letter) ? false : null;
  const [vision, tools, thinking] = [flag("v"), flag("t"), flag("r")];
  return { pattern, capabilities: { contextWindowTokens, maxOutputTokens, vision, tools, thinking } };
}

/**
 * Well-known models by id, the first match counts. Numbers are the makers' own (documentation of November 2026);
 * where a family's numbers differ or are not published they are null. `thinking` true also means that asking for
 * thinking output is accepted, so it is only set where that is documented.
 */
export const modelFamilies: readonly Family[] = [
  { ...family(/^demo(-fast)?$/, null, null, "vTR"), provider: "demo" },

  family(/^gpt-5(\.\d+)?-chat/, 128_000, 16_384, "Vr"),
  family(/^gpt-5\.[45](-pro)?(-\d{4}|$)/, 1_050_000, 128_000, "VTR"),
  family(/^gpt-5\.6(-sol|-terra)?(-\d{4}|$)/, 1_050_000, 128_000, "VTR"),
  family(/^gpt-5(\.[1-3])?-(pro|codex|mini|nano)|^gpt-5(\.[12])?(-\d{4}|$)/, 400_000, null, "VTR"),
  family(/^gpt-([5-9]|\d\d)([.-]|$)/, null, null, "VTR"),
  family(/^gpt-4\.1/, 1_047_576, 32_768, "VTr"),
  family(/^gpt-4o-(audio|realtime|search|transcribe|mini-(audio|realtime|search|tts|transcribe))/, null, null, ""),
  family(/^(gpt-4o|chatgpt-4o)/, 128_000, 16_384, "VTr"),
  family(/^gpt-4-turbo/, 128_000, 4_096, "VTr"),
  family(/^gpt-4(-0613|$)/, 8_192, 8_192, "vTr"),
  family(/^gpt-3\.5-turbo(?!-instruct)/, 16_385, 4_096, "vTr"),
  family(/^o1-(mini|preview)/, 128_000, null, "vtR"),
  family(/^o3-mini/, 200_000, 100_000, "vTR"),
  family(/^(o1|o3|o4-mini)(-pro)?(-\d{4}|$)/, 200_000, 100_000, "VTR"),
  family(/^gpt-oss/, 131_072, null, "vTR"),

  family(/^claude-(opus|sonnet)-4-6/, 1_000_000, 128_000, "VTR"),
  family(/^claude-opus-4-[78]/, 1_000_000, 128_000, "VTR"),
  family(/^claude-(opus|sonnet|fable|mythos)-5/, 1_000_000, 128_000, "VTR"),
  family(/^claude-haiku-5/, null, null, "VTR"),
  family(/^claude-(opus|sonnet|haiku)-4-5/, 200_000, 64_000, "VTR"),
  family(/^claude-opus-4(-[01])?(-\d{8}|$)/, 200_000, 32_000, "VTR"),
  family(/^claude-sonnet-4(-0)?(-\d{8}|$)/, 200_000, 64_000, "VTR"),
  family(/^claude-3-7-sonnet/, 200_000, 64_000, "VTR"),
  family(/^claude-3-5-/, 200_000, 8_192, "VTr"),
  family(/^claude-3-(opus|sonnet|haiku)/, 200_000, 4_096, "VTr"),

  family(/^gemini-.*(image|tts|live|audio|embedding|computer-use|robotics)/, null, null, ""),
  family(/^gemini-2\.5-(pro|flash)/, 1_048_576, 65_536, "VTR"),
  family(/^gemini-(3-pro|3-flash|3\.1-pro)/, 1_048_576, 65_536, "VTR"),
  family(/^gemini-(3|4)[.-]/, null, null, "VTR"),
  family(/^gemini-(pro|flash)-latest$/, null, null, "VTR"),
  family(/^gemini-2\.0-flash/, 1_048_576, 8_192, "VTr"),
  family(/^gemini-1\.5-(pro|flash)/, null, 8_192, "VTr"),
  family(/^gemma-?3/, null, null, "r"),

  family(/^deepseek-v4/, 1_000_000, null, "vTR"),
  family(/^deepseek-(reasoner|r1)/, null, null, "vR"),
  family(/^deepseek-(chat|v3)/, null, null, "vT"),
  family(/^(qwen3|qwq).*(-vl)/, null, null, "VT"),
  family(/^qwen3.*(instruct|coder)/, null, null, "vTr"),
  family(/^qwen3(:|-|$)/, null, null, "vTR"),
  family(/^qwq/, null, null, "vTR"),
  family(/^qwen2\.5(-coder)?(:|-\d|$)/, null, null, "vTr"),
  family(/^llama-?3\.2-vision/, 131_072, null, "Vr"),
  family(/^llama-?3\.[123]/, 131_072, null, "vTr"),
  family(/^llama-?4/, null, null, "VTr"),
  family(/^(mistral|ministral|codestral|devstral|open-mistral)/, null, null, "T"),
  family(/^kimi-k2-thinking/, 262_144, null, "vTR"),
  family(/^glm-4\.[56](-air)?$/, 131_072, null, "vTR"),
];
