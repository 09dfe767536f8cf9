import { dictionary } from "../../i18n/dictionary.ts";
import type { Same } from "../../i18n/dictionary.ts";

const en = {
  otherVersion: (server: string, page: string) => `chatee is now version ${server}; this page is still ${page}.`,
  reload: "Reload",
  lost: "The connection to chatee is lost. Trying to reconnect…",
};

const zh: Same<typeof en> = {
  otherVersion: (server, page) => `chatee 现在是 ${server} 版；此页面仍是 ${page} 版。`,
  reload: "重新加载",
  lost: "与 chatee 的连接已断开，正在尝试重新连接…",
};

export const strings = dictionary(en, zh);
