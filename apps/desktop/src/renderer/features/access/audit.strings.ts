import type { AuditAction } from "@chatee/shared/access";
import { dictionary } from "../../i18n/dictionary.ts";
import type { Same } from "../../i18n/dictionary.ts";

const en = {
  title: "What was revealed or changed with keys and tokens",
  hint: "Newest first. Nothing here can be changed or removed.",
  loading: "Loading what was noted…",
  loadFailed: "What was noted could not be loaded.",
  retry: "Try again",
  empty: "Nothing yet. When a key is shown, exported or replaced, or a token is made or revoked, it is noted here.",
  more: "Show older ones",
  actions: {
    "llm.key_revealed": "API key shown",
    "llm.keys_exported": "Exported with API keys",
    "llm.key_saved": "API key replaced",
    "llm.key_removed": "API key removed",
    "mcp.approved": "Program approved",
    "access.token_made": "Access token made",
    "access.token_revoked": "Access revoked",
  } satisfies Record<AuditAction, string>,
  allModels: "All models",
  browser: "A signed-in browser",
  /** `id` is all that is left of what was deleted. */
  gone: (id: string) => `No longer here (${id})`,
};

const zh: Same<typeof en> = {
  title: "密钥和令牌的查看与更改记录",
  hint: "最新的在前。这里的记录无法更改或删除。",
  loading: "正在加载记录…",
  loadFailed: "无法加载记录。",
  retry: "重试",
  empty: "暂无记录。显示、导出或更换密钥，以及创建或撤销令牌时，都会记在这里。",
  more: "显示更早的记录",
  actions: {
    "llm.key_revealed": "显示了 API 密钥",
    "llm.keys_exported": "导出时包含 API 密钥",
    "llm.key_saved": "更换了 API 密钥",
    "llm.key_removed": "移除了 API 密钥",
    "mcp.approved": "批准了程序",
    "access.token_made": "创建了访问令牌",
    "access.token_revoked": "撤销了访问",
  },
  allModels: "所有模型",
  browser: "一个已登录的浏览器",
  gone: (id) => `已不存在（${id}）`,
};

export const strings = dictionary(en, zh);
