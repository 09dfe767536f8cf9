import {
  ChartColumn,
  Database,
  Files,
  Info,
  KeyRound,
  MonitorCog,
  Palette,
  Plug,
  Sparkles,
  SquareTerminal,
} from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import { desktop, hasTerminal } from "./features/desktop/desktop.ts";
import { strings } from "./screens.strings.ts";

/** A screen with an address of its own. Its code is fetched when it is first shown. */
export type Screen = {
  /** One segment: below `#/settings/` for a settings screen, below `#/` for one of the workspace. */
  path: string;
  label: () => string;
  icon: LucideIcon;
  component: () => Promise<ComponentType>;
  /** Asked each time a list of screens is drawn; a screen that is not shown can still be reached by its address. */
  isShown?: () => boolean;
};

/** The settings, in the order they are listed. A new screen is a line here. */
export const settingsScreens: readonly Screen[] = [
  {
    path: "models",
    label: () => strings.models,
    icon: Sparkles,
    component: async () => (await import("./features/llm/models-screen.tsx")).ModelsScreen,
  },
  {
    path: "mcp",
    label: () => strings.mcp,
    icon: Plug,
    component: async () => (await import("./features/mcp/mcp-screen.tsx")).McpScreen,
  },
  {
    path: "appearance",
    label: () => strings.appearance,
    icon: Palette,
    component: async () => (await import("./features/settings/appearance-screen.tsx")).AppearanceScreen,
  },
  {
    path: "desktop",
    label: () => strings.desktop,
    icon: MonitorCog,
    component: async () => (await import("./features/desktop/desktop-screen.tsx")).DesktopScreen,
    isShown: () => desktop() !== null,
  },
  {
    path: "access",
    label: () => strings.access,
    icon: KeyRound,
    component: async () => (await import("./features/access/access-screen.tsx")).AccessScreen,
  },
  {
    path: "data",
    label: () => strings.data,
    icon: Database,
    component: async () => (await import("./features/settings-data/data-screen.tsx")).DataScreen,
  },
  {
    path: "usage",
    label: () => strings.usage,
    icon: ChartColumn,
    component: async () => (await import("./features/usage/usage-screen.tsx")).UsageScreen,
  },
  {
    path: "about",
    label: () => strings.about,
    icon: Info,
    component: async () => (await import("./features/settings/about-screen.tsx")).AboutScreen,
  },
];

/** What stands beside the chats in the sidebar, in the order it is listed. A new screen is a line here. */
export const workspaceScreens: readonly Screen[] = [
  {
    path: "files",
    label: () => strings.files,
    icon: Files,
    component: async () => (await import("./features/files/files-screen.tsx")).FilesScreen,
  },
  {
    path: "terminal",
    label: () => strings.terminal,
    icon: SquareTerminal,
    component: async () => (await import("./features/terminal/terminal-screen.tsx")).TerminalScreen,
    isShown: () => hasTerminal(),
  },
];
