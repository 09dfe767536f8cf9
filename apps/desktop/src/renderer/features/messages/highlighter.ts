import { createCssVariablesTheme, createHighlighterCore } from "shiki/core";
import type { LanguageRegistration } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";

type Loaded = { default: LanguageRegistration[] };

/** Grammars are fetched one by one, when a block of their language is first shown. */
const grammars: Record<string, () => Promise<Loaded>> = {
  bash: () => import("shiki/langs/bash.mjs"),
  c: () => import("shiki/langs/c.mjs"),
  cpp: () => import("shiki/langs/cpp.mjs"),
  csharp: () => import("shiki/langs/csharp.mjs"),
  css: () => import("shiki/langs/css.mjs"),
  diff: () => import("shiki/langs/diff.mjs"),
  docker: () => import("shiki/langs/docker.mjs"),
  go: () => import("shiki/langs/go.mjs"),
  html: () => import("shiki/langs/html.mjs"),
  ini: () => import("shiki/langs/ini.mjs"),
  java: () => import("shiki/langs/java.mjs"),
  javascript: () => import("shiki/langs/javascript.mjs"),
  json: () => import("shiki/langs/json.mjs"),
  jsx: () => import("shiki/langs/jsx.mjs"),
  kotlin: () => import("shiki/langs/kotlin.mjs"),
  lua: () => import("shiki/langs/lua.mjs"),
  markdown: () => import("shiki/langs/markdown.mjs"),
  php: () => import("shiki/langs/php.mjs"),
  powershell: () => import("shiki/langs/powershell.mjs"),
  python: () => import("shiki/langs/python.mjs"),
  r: () => import("shiki/langs/r.mjs"),
  ruby: () => import("shiki/langs/ruby.mjs"),
  rust: () => import("shiki/langs/rust.mjs"),
  sql: () => import("shiki/langs/sql.mjs"),
  swift: () => import("shiki/langs/swift.mjs"),
  toml: () => import("shiki/langs/toml.mjs"),
  tsx: () => import("shiki/langs/tsx.mjs"),
  typescript: () => import("shiki/langs/typescript.mjs"),
  vue: () => import("shiki/langs/vue.mjs"),
  xml: () => import("shiki/langs/xml.mjs"),
  yaml: () => import("shiki/langs/yaml.mjs"),
};
const otherNames: Record<string, string> = {
  "c++": "cpp",
  cs: "csharp",
  cts: "typescript",
  dockerfile: "docker",
  golang: "go",
  js: "javascript",
  json5: "json",
  jsonc: "json",
  kt: "kotlin",
  md: "markdown",
  mjs: "javascript",
  mts: "typescript",
  ps1: "powershell",
  py: "python",
  rb: "ruby",
  rs: "rust",
  sh: "bash",
  shell: "bash",
  shellscript: "bash",
  ts: "typescript",
  yml: "yaml",
  zsh: "bash",
};

export type CodeToken = { content: string; color: string | undefined };

/** A busy machine is slow to prepare a grammar; a line that is given up on would be colored wrong for good. */
const tokenizeTimeLimit = 2_000;

const theme = createCssVariablesTheme({ name: "chatee", variablePrefix: "--code-", fontStyle: false });
const highlighter = createHighlighterCore({
  themes: [theme],
  langs: [],
  engine: createJavaScriptRegexEngine({ forgiving: true }),
});

/** Lines of colored pieces, or null for a language that has no grammar here. */
export async function tokenize(code: string, language: string): Promise<CodeToken[][] | null> {
  const name = otherNames[language] ?? language;
  const load = Object.hasOwn(grammars, name) ? grammars[name] : undefined;
  if (!load) return null;
  const shiki = await highlighter;
  if (!shiki.getLoadedLanguages().includes(name)) await shiki.loadLanguage((await load()).default);
  const { tokens } = shiki.codeToTokens(code, {
    lang: name,
    theme: "chatee",
    tokenizeMaxLineLength: 2_000,
    tokenizeTimeLimit,
  });
  return tokens.map((line) => line.map(({ content, color }) => ({ content, color })));
}
