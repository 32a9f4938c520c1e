/**
 * The words of the window. One JSON file per area and language; a key is `area.part.phrase`.
 * TypeScript knows every key, a test compares the languages, and a key that is missing at run time
 * is an error, not an English sentence.
 */
import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import type { Lang } from "../time/format";
import { en } from "./en";
import { ptBr } from "./pt-br";

export const resources = { en: { translation: en }, "pt-BR": { translation: ptBr } } as const;

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
    returnNull: false;
  }
}

/** The language that the system asks for: Portuguese for any Portuguese, English for the rest. */
export function systemLanguage(wanted: readonly string[]): Lang {
  return wanted[0]?.toLowerCase().startsWith("pt") ? "pt-BR" : "en";
}

export function startWords(lang: Lang): i18n {
  void i18next.use(initReactI18next).init({
    lng: lang,
    fallbackLng: false,
    resources,
    interpolation: { escapeValue: false },
    initAsync: false,
    saveMissing: true,
    missingKeyHandler: (languages, _namespace, key) => {
      throw new Error(`no text for ${key} in ${languages.join(", ")}`);
    },
  });
  return i18next;
}
