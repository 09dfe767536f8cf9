import { dictionary } from "../i18n/dictionary.ts";
import type { Same } from "../i18n/dictionary.ts";

const en = {
  close: "Close",
  download: "Download",
  pictureMissing: "This picture cannot be shown.",
  openDrawer: "Open the list of sessions",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "The browser did not allow copying",
  notifications: "Notifications",
  theme: "Theme",
  themes: { system: "System", light: "Light", dark: "Dark" },
  justNow: "now",
  minutesAgo: (count: number) => `${count}m`,
  hoursAgo: (count: number) => `${count}h`,
  daysAgo: (count: number) => `${count}d`,
  loading: "Loading…",
  crashTitle: "This page stopped working",
  crashBody: "Nothing is lost: everything you sent and every answer is kept by the server.",
  reload: "Reload",
};

const zh: Same<typeof en> = {
  close: "关闭",
  download: "下载",
  pictureMissing: "无法显示此图片。",
  openDrawer: "打开会话列表",
  copy: "复制",
  copied: "已复制",
  copyFailed: "浏览器不允许复制",
  notifications: "通知",
  theme: "主题",
  themes: { system: "跟随系统", light: "浅色", dark: "深色" },
  justNow: "刚刚",
  minutesAgo: (count) => `${count}分钟`,
  hoursAgo: (count) => `${count}小时`,
  daysAgo: (count) => `${count}天`,
  loading: "正在加载…",
  crashTitle: "此页面停止工作了",
  crashBody: "什么都没有丢失：您发送的内容和每个回答都保存在服务器上。",
  reload: "重新加载",
};

export const strings = dictionary(en, zh);
