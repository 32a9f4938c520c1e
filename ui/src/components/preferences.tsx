/**
 * Theme, language, zone and density, applied to the document in one place. Everything that shows a
 * time asks here for the style, so that the UTC toggle changes every stamp at once.
 */
import { useQuery } from "@tanstack/react-query";
import i18next from "i18next";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import type { Settings } from "../api/generated/Settings";
import { settingsQuery, useSaveSettings } from "../api/settings";
import { systemLanguage } from "../i18n";
import type { Lang, TimeStyle } from "../time/format";
import { announce } from "../ui/Toast";

export interface Preferences {
  settings: Settings;
  theme: "dark" | "light";
  lang: Lang;
  /** The zone that times are shown in. */
  zone: string;
  /** The zone without the UTC toggle. */
  ownZone: string;
  style: TimeStyle;
  number: Intl.NumberFormat;
  save(change: Partial<Settings>): void;
}

const DEFAULTS: Settings = {
  theme: "dark",
  language: "system",
  zone: "local",
  utc: false,
  density: "compact",
  desktop: { tray: true, notify_connection: true, notify_integrity: true, notify_session: true },
};

const Context = createContext<Preferences | null>(null);

const darkMedia = window.matchMedia("(prefers-color-scheme: dark)");

function watchDark(tell: () => void): () => void {
  darkMedia.addEventListener("change", tell);
  return () => darkMedia.removeEventListener("change", tell);
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const { data: settings = DEFAULTS } = useQuery(settingsQuery);
  const save = useSaveSettings();
  const systemDark = useSyncExternalStore(watchDark, () => darkMedia.matches);

  const value = useMemo<Preferences>(() => {
    const system = systemDark ? "dark" : "light";
    const lang = settings.language === "system" ? systemLanguage(navigator.languages) : settings.language;
    const local = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    const ownZone = settings.zone === "local" ? local : settings.zone;
    const zone = settings.utc ? "UTC" : ownZone;
    return {
      settings,
      theme: settings.theme === "system" ? system : settings.theme,
      lang,
      zone,
      ownZone,
      style: { lang, zone },
      number: new Intl.NumberFormat(lang),
      save: (change) => save(change, settings, () => announce(i18next.t("settings.saved.failed"))),
    };
  }, [settings, systemDark, save]);

  useEffect(() => {
    const root = document.documentElement;
    root.dataset["theme"] = value.theme;
    root.dataset["density"] = value.settings.density;
    root.lang = value.lang;
    void i18next.changeLanguage(value.lang);
  }, [value.theme, value.settings.density, value.lang]);

  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePreferences(): Preferences {
  const value = useContext(Context);
  if (!value) throw new Error("usePreferences outside PreferencesProvider");
  return value;
}
