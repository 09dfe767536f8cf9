import { Monitor, Moon, Sun } from "lucide-react";
import { useStore } from "../../api/store.ts";
import { chooseLocale, localeChoice, localeChoices } from "../../i18n/locale.ts";
import { chooseTheme, theme, themes } from "../../ui/theme.ts";
import { ChoiceRow } from "./choice-row.tsx";
import { SettingsPage } from "./settings-page.tsx";
import { strings } from "./settings.strings.ts";

const themeIcons = { system: <Monitor aria-hidden />, light: <Sun aria-hidden />, dark: <Moon aria-hidden /> };

export function AppearanceScreen() {
  return (
    <SettingsPage title={strings.appearance}>
      <div className="divide-y divide-line rounded-2xl border border-line bg-raised">
        <ChoiceRow
          label={strings.theme}
          hint={strings.themeHint}
          options={themes.map((value) => ({ value, label: strings.themes[value], icon: themeIcons[value] }))}
          chosen={useStore(theme)}
          onChoose={chooseTheme}
        />
        <ChoiceRow
          label={strings.language}
          hint={strings.languageHint}
          options={localeChoices.map((value) => ({ value, label: strings.languages[value] }))}
          chosen={useStore(localeChoice)}
          onChoose={chooseLocale}
        />
      </div>
    </SettingsPage>
  );
}
