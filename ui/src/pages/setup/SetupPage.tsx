/** The first start: which platform, then its administrator or its fingerprint. */
import { Globe, Monitor } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProbeReply } from "../../api/generated/ProbeReply";
import { useLocalPlatform } from "../../api/profile";
import { ProblemNotice } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { BrandMark } from "../../components/Rail";
import { SignInForm } from "../sign-in/SignInForm";
import { Connect } from "./ConnectPlatform";
import { CreateAdministrator } from "./CreateAdministrator";

type Step =
  | { at: "welcome" }
  | { at: "administrator" }
  | { at: "connect" }
  | { at: "sign-in"; found: ProbeReply };

export function SetupPage() {
  const { t } = useTranslation();
  const [step, setStep] = useState<Step>({ at: "welcome" });
  const local = useLocalPlatform();
  // A platform that was taken off this console is still there: then there is nothing to create.
  const useThisComputer = () =>
    local.mutate(undefined, {
      onSuccess: (found) => setStep(found ? { at: "sign-in", found } : { at: "administrator" }),
    });
  switch (step.at) {
    case "welcome":
      return (
        <Frame title={t("setup.welcome.title")} text={t("setup.welcome.text")} wide>
          <div className="choices">
            <Choice
              id="wizard-local"
              icon={<Monitor size={22} aria-hidden="true" />}
              title={t("setup.welcome.local")}
              text={t("setup.welcome.local_text")}
              onClick={useThisComputer}
            />
            <Choice
              id="wizard-connect"
              icon={<Globe size={22} aria-hidden="true" />}
              title={t("setup.welcome.remote")}
              text={t("setup.welcome.remote_text")}
              onClick={() => setStep({ at: "connect" })}
            />
          </div>
          <ProblemNotice failure={local.error} />
        </Frame>
      );
    case "administrator":
      return (
        <Frame
          title={t("setup.admin.title")}
          text={t("setup.admin.text")}
          step={t("setup.welcome.steps", { step: 2, of: 2 })}
        >
          <CreateAdministrator onBack={() => setStep({ at: "welcome" })} />
        </Frame>
      );
    case "connect":
      return (
        <Connect
          onBack={() => setStep({ at: "welcome" })}
          frame={({ title, text, number, children }) => (
            <Frame
              key={title}
              title={title}
              text={text}
              step={t("setup.welcome.steps", { step: number, of: 4 })}
            >
              {children}
            </Frame>
          )}
        />
      );
    case "sign-in":
      return (
        <Frame title={t("signin.form.title")} text={t("setup.welcome.found")}>
          <SignInForm profile={null} found={step.found} />
        </Frame>
      );
  }
}

interface FrameProps {
  title: string;
  text: string;
  step?: string;
  wide?: boolean;
  children: ReactNode;
}

/** The centred sheet of the screens before the console. */
export function Frame({ title, text, step, wide = false, children }: FrameProps) {
  return (
    <main className="sheet-page scroll" data-testid="wizard">
      <div className="sheet" data-wide={wide}>
        <header>
          <p className="sheet-brand">
            <BrandMark size={22} />
            <strong>Vigia</strong>
            <LanguageSwitch />
          </p>
          {step ? <p className="faint">{step}</p> : null}
          <h1>{title}</h1>
          <p className="quiet">{text}</p>
        </header>
        {children}
      </div>
    </main>
  );
}

const LANGUAGES = [
  ["pt-BR", "Português"],
  ["en", "English"],
] as const;

function LanguageSwitch() {
  const { t } = useTranslation();
  const { lang, save } = usePreferences();
  return (
    <span className="sheet-language" role="group" aria-label={t("settings.language.language")}>
      {LANGUAGES.map(([code, name]) => (
        <button
          key={code}
          type="button"
          className="link"
          lang={code}
          aria-pressed={lang === code}
          onClick={() => save({ language: code })}
        >
          {name}
        </button>
      ))}
    </span>
  );
}

interface ChoiceProps {
  id: string;
  icon: ReactNode;
  title: string;
  text: string;
  onClick(): void;
}

function Choice({ id, icon, title, text, onClick }: ChoiceProps) {
  return (
    <button type="button" className="choice" data-testid={id} onClick={onClick}>
      {icon}
      <strong>{title}</strong>
      <span className="quiet">{text}</span>
    </button>
  );
}
