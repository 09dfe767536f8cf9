import { dictionary } from "../../i18n/dictionary.ts";
import type { Same } from "../../i18n/dictionary.ts";

const en = {
  title: "Sign in to chatee",
  where: "Open the link that chatee printed when it started, or paste its token here. The token is also in the file",
  tokenFile: "token",
  whereEnd: "of chatee's data directory.",
  token: "Token",
  placeholder: "Paste the token",
  signIn: "Sign in",
  wrongToken: "That is not this installation's token.",
  tooMany: (seconds: number) => `Too many wrong tokens. Try again in ${seconds} s.`,
  unreachable: "chatee's server does not answer. Is it running?",
  unexpected: "Signing in did not work. The server's log says more.",
  connecting: "Connecting to chatee…",
  connectingLong: "chatee's server does not answer yet. This page goes on by itself as soon as it does.",
};

const zh: Same<typeof en> = {
  title: "登录 chatee",
  where: "打开 chatee 启动时打印的链接，或在此粘贴其令牌。令牌也保存在 chatee 数据目录的文件",
  tokenFile: "token",
  whereEnd: "中。",
  token: "令牌",
  placeholder: "粘贴令牌",
  signIn: "登录",
  wrongToken: "这不是本安装的令牌。",
  tooMany: (seconds) => `错误的令牌过多，请在 ${seconds} 秒后重试。`,
  unreachable: "chatee 的服务器没有响应。它在运行吗？",
  unexpected: "登录未成功，服务器日志中有更多信息。",
  connecting: "正在连接 chatee…",
  connectingLong: "chatee 的服务器暂时没有响应。一旦恢复，本页会自动继续。",
};

export const strings = dictionary(en, zh);
