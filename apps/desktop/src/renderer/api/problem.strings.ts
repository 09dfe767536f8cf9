import { dictionary } from "../i18n/dictionary.ts";

export const strings = dictionary(
  {
    unreachable: "chatee's server does not answer.",
    signedOut: "This browser is not signed in.",
    unknown: "Something went wrong here.",
  },
  { unreachable: "chatee 的服务器没有响应。", signedOut: "此浏览器尚未登录。", unknown: "这里出了问题。" },
);
