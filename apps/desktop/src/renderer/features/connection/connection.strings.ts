import { dictionary } from "../../i18n/dictionary.ts";
import type { Same } from "../../i18n/dictionary.ts";

const en = {
  lost: "The connection to chatee is lost. Trying to reconnect…",
};

const zh: Same<typeof en> = {
  lost: "与 chatee 的连接已断开，正在尝试重新连接…",
};

export const strings = dictionary(en, zh);
