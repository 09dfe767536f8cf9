import type { ApprovalQuestion } from "@chatee/shared/interactions";
import { dictionary } from "../../i18n/dictionary.ts";
import type { Same } from "../../i18n/dictionary.ts";

const en = {
  wantsToRun: (server: string) => `${server} wants to run`,
  reasons: {
    always: "You want to be asked each time.",
    first: "You have not allowed this tool before.",
    changed: "This tool is not what you allowed.",
  } satisfies Record<ApprovalQuestion["reason"], string>,
  readOnly: "The server says it only reads.",
  arguments: "With these arguments",
  allowOnce: "Allow once",
  allowAlways: "Always allow this tool",
  deny: "Deny",
  hidden: (places: string) => `Characters that nobody sees were taken out of ${places}.`,
  changes: "What is different now",
  asks: (server: string) => `${server} asks`,
  formHint: "What you enter is sent to this server.",
  choose: "Choose…",
  send: "Send",
  decline: "Decline",
  required: "is needed",
  notANumber: "is not such a number",
  notSuch: "is not as the server wants it",
  wantsPage: (server: string) => `${server} wants you to open a page`,
  open: "Open the page",
  openHint: (host: string) => `It opens in a new tab at ${host}. What you enter there goes to that site.`,
  notAPage: "This is no address of a web page, so it is not opened.",
};

const zh: Same<typeof en> = {
  wantsToRun: (server) => `${server} 想要运行`,
  reasons: {
    always: "您要求每次都询问。",
    first: "您此前没有允许过这个工具。",
    changed: "这个工具与您当初允许的不同。",
  },
  readOnly: "服务器声称它只读取数据。",
  arguments: "使用以下参数",
  allowOnce: "允许一次",
  allowAlways: "始终允许此工具",
  deny: "拒绝",
  hidden: (places) => `已从${places}中移除肉眼不可见的字符。`,
  changes: "现在有何不同",
  asks: (server) => `${server} 询问`,
  formHint: "您填写的内容会发送给该服务器。",
  choose: "请选择…",
  send: "发送",
  decline: "不提供",
  required: "为必填项",
  notANumber: "不是有效的数字",
  notSuch: "不符合服务器的要求",
  wantsPage: (server) => `${server} 希望您打开一个页面`,
  open: "打开页面",
  openHint: (host) => `将在新标签页中打开 ${host}。您在那里填写的内容会发送给该网站。`,
  notAPage: "这不是网页地址，因此不会打开。",
};

export const strings = dictionary(en, zh);
