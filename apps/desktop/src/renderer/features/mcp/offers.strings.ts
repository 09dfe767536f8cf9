import { dictionary } from "../../i18n/dictionary.ts";
import type { Same } from "../../i18n/dictionary.ts";

const en = {
  prompts: "Prompts",
  promptsLoading: "Asking for the prompts…",
  promptsNone: "It offers no prompts.",
  resources: "Resources",
  resourcesLoading: "Asking for the resources…",
  resourcesNone: "It offers no resources.",
  again: "Ask again",
  claims: "What the server says of it",
  required: "required",
  template: "an address with places to fill in",

  insertPrompt: "Insert a prompt",
  searchPrompts: "Search prompts",
  addResource: "Add a resource",
  searchResources: "Search resources",
  found: "Found",
  asking: (server: string) => `Asking ${server}…`,
  offersNoPrompts: (server: string) => `${server} offers no prompts.`,
  offersNoResources: (server: string) => `${server} offers no resources.`,
  noneFound: "Nothing here has these words.",
  more: (count: number) => `${count.toLocaleString()} more: search for them.`,
  fetching: "Fetching it…",
  nothingInIt: "It holds nothing that can be added to a message.",
  leftOut: (count: number) =>
    count === 1 ? "1 part of it cannot be added to a message." : `${count} parts of it cannot be added to a message.`,

  isNeeded: "is needed",
  back: "Back",
  insert: "Insert",
  speakers: { user: "User", assistant: "Assistant" },
};

const zh: Same<typeof en> = {
  prompts: "提示词",
  promptsLoading: "正在查询提示词…",
  promptsNone: "它没有提供提示词。",
  resources: "资源",
  resourcesLoading: "正在查询资源…",
  resourcesNone: "它没有提供资源。",
  again: "重新查询",
  claims: "服务器对它的描述",
  required: "必填",
  template: "含有待填部分的地址",

  insertPrompt: "插入提示词",
  searchPrompts: "搜索提示词",
  addResource: "添加资源",
  searchResources: "搜索资源",
  found: "搜索结果",
  asking: (server) => `正在查询 ${server}…`,
  offersNoPrompts: (server) => `${server} 没有提供提示词。`,
  offersNoResources: (server) => `${server} 没有提供资源。`,
  noneFound: "这里没有包含这些词的内容。",
  more: (count) => `还有 ${count.toLocaleString()} 项，请搜索。`,
  fetching: "正在获取…",
  nothingInIt: "其中没有可以加入消息的内容。",
  leftOut: (count) => `其中有 ${count} 部分无法加入消息。`,

  isNeeded: "为必填项",
  back: "返回",
  insert: "插入",
  speakers: { user: "用户", assistant: "助手" },
};

export const strings = dictionary(en, zh);
