import { dictionary } from "../../i18n/dictionary.ts";

export const strings = dictionary(
  {
    title: "Terminal",
    tabs: "Open terminals",
    tab: (name: string, place: number) => `${name} ${place}`,
    open: "New terminal",
    openIn: "New terminal in a folder…",
    close: (name: string) => `Close ${name}`,
    emptyTitle: "No terminal is open",
    emptyBody: "A terminal runs your shell on this computer, with your rights. Models and tools have no part in it.",
    ended: (code: number) => `[ended with ${code}]`,
    endedBySignal: (signal: number) => `[ended by signal ${signal}]`,
    followLink: "Ctrl or ⌘ and click opens",
    problems: {
      refused: "You did not allow a terminal.",
      tooMany: "No more terminals fit into this window. Close one first.",
      folder: "That folder cannot be used.",
      other: "The terminal could not be opened.",
    },
  },
  {
    title: "终端",
    tabs: "已打开的终端",
    tab: (name: string, place: number) => `终端 ${name} ${place}`,
    open: "新建终端",
    openIn: "在文件夹中新建终端…",
    close: (name: string) => `关闭 ${name}`,
    emptyTitle: "没有打开的终端",
    emptyBody: "终端以您的权限在这台电脑上运行您的 shell。模型和工具不参与其中。",
    ended: (code: number) => `[已结束，代码 ${code}]`,
    endedBySignal: (signal: number) => `[被信号 ${signal} 结束]`,
    followLink: "按住 Ctrl 或 ⌘ 并点击以打开",
    problems: {
      refused: "您没有允许打开终端。",
      tooMany: "此窗口不能再打开更多终端，请先关闭一个。",
      folder: "无法使用该文件夹。",
      other: "无法打开终端。",
    },
  },
);
