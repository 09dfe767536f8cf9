import { dictionary } from "./i18n/dictionary.ts";

/** What screens are called, wherever they are listed. */
export const strings = dictionary(
  {
    models: "Models",
    mcp: "MCP servers",
    appearance: "Appearance and language",
    desktop: "Desktop app",
    access: "Access tokens",
    data: "Data",
    usage: "Usage",
    about: "About and diagnostics",
    terminal: "Terminal",
    files: "Files",
  },
  {
    models: "模型",
    mcp: "MCP 服务器",
    appearance: "外观与语言",
    desktop: "桌面应用",
    access: "访问令牌",
    data: "数据",
    usage: "用量",
    about: "关于与诊断",
    terminal: "终端",
    files: "文件",
  },
);
