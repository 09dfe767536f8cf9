import { useNavigate, useParams } from "@tanstack/react-router";
import { Keyboard, Languages, PanelLeft, Settings2, SquarePen, SunMoon, TextSearch } from "lucide-react";
import type { ReactNode } from "react";
import { chooseLocale, localeChoices } from "../../i18n/locale.ts";
import { settingsScreens, workspaceScreens } from "../../screens.ts";
import { chooseTheme, themes } from "../../ui/theme.ts";
import { strings as settingsStrings } from "../settings/settings.strings.ts";
import { strings } from "./palette.strings.ts";
import { labelOf } from "./shortcuts.ts";
import type { ShortcutId } from "./shortcuts.ts";

/** A hidden group is there for who types its words. */
type Group = { label: string; isHidden: boolean };
type Command = {
  id: string;
  label: string;
  icon: ReactNode;
  group: Group;
  shortcut?: ShortcutId;
  does: () => void;
};

const icons = {
  newChat: <SquarePen />,
  find: <TextSearch />,
  sidebar: <PanelLeft />,
  settings: <Settings2 />,
  shortcuts: <Keyboard />,
};

/** What the palette offers besides what it finds. */
export function useCommands(run: (id: ShortcutId) => void): Command[] {
  const navigate = useNavigate();
  const isInChat = useParams({ strict: false }).sessionId !== undefined;
  const actions = { label: strings.actions, isHidden: false };
  const places = { label: strings.goTo, isHidden: true };
  const isShown = ({ isShown: asks }: (typeof settingsScreens)[number]) => asks?.() ?? true;
  return [
    ...(Object.keys(icons) as (keyof typeof icons)[])
      .filter((id) => id !== "find" || isInChat)
      .map((id) => ({
        id,
        label: labelOf(id),
        icon: icons[id],
        group: actions,
        shortcut: id,
        does: () => run(id),
      })),
    ...workspaceScreens.filter(isShown).map(({ path, label, icon: Icon }) => ({
      id: `screen ${path}`,
      label: label(),
      icon: <Icon />,
      group: actions,
      does: () => void navigate({ to: "/$screen", params: { screen: path } }),
    })),
    ...settingsScreens.filter(isShown).map(({ path, label, icon: Icon }) => ({
      id: `settings ${path}`,
      label: label(),
      icon: <Icon />,
      group: places,
      does: () => void navigate({ to: "/settings/$screen", params: { screen: path } }),
    })),
    ...themes.map((value) => ({
      id: `theme ${value}`,
      label: strings.theme(settingsStrings.themes[value]),
      icon: <SunMoon />,
      group: places,
      does: () => chooseTheme(value),
    })),
    ...localeChoices.map((value) => ({
      id: `language ${value}`,
      label: strings.language(settingsStrings.languages[value]),
      icon: <Languages />,
      group: places,
      does: () => chooseLocale(value),
    })),
  ];
}
