/** The administrator of the platform on this computer. */
import { Checkbox, PasswordInput, TextInput } from "@mantine/core";
import { Check, Circle } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSetupLocal } from "../../api/setup";
import { ProblemNotice } from "../../components/Problem";
import { Button } from "../../ui/Button";
import { looksLikeEmail, type Rule, rulesMet, strength } from "./password";

const RULES: readonly Rule[] = ["length", "email", "variety", "same"];

export function CreateAdministrator({ onBack }: { onBack(): void }) {
  const { t } = useTranslation();
  const setup = useSetupLocal();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [sample, setSample] = useState(true);
  const [tried, setTried] = useState(false);
  const met = rulesMet(password, again, email);
  const emailGood = looksLikeEmail(email);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (emailGood && RULES.every((rule) => met[rule]))
      setup.mutate({ email: email.trim(), password, sample });
  };
  const toggle = { "aria-label": t("shell.common.show_password") };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <TextInput
        data-testid="wizard-email"
        label={t("setup.admin.email")}
        type="email"
        autoComplete="username"
        autoFocus
        value={email}
        error={tried && !emailGood ? t("setup.rule.email_form") : null}
        onChange={(event) => setEmail(event.target.value)}
      />
      <PasswordInput
        data-testid="wizard-password"
        label={t("setup.admin.password")}
        autoComplete="new-password"
        aria-describedby="password-rules"
        visibilityToggleButtonProps={toggle}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Strength password={password} />
      <PasswordInput
        data-testid="wizard-password-repeat"
        label={t("setup.admin.repeat")}
        autoComplete="new-password"
        visibilityToggleButtonProps={toggle}
        value={again}
        onChange={(event) => setAgain(event.target.value)}
      />
      <div id="password-rules" className="rules">
        <p className="quiet">{t("setup.rule.label")}</p>
        <ul>
          {RULES.map((rule) => (
            <li key={rule} data-met={met[rule]} data-wanted={tried && !met[rule]}>
              {met[rule] ? <Check size={14} aria-hidden="true" /> : <Circle size={14} aria-hidden="true" />}
              {t(`setup.rule.${rule}`)}
              <span className="hidden-visually">{t(met[rule] ? "setup.rule.met" : "setup.rule.unmet")}</span>
            </li>
          ))}
        </ul>
      </div>
      <Checkbox
        data-testid="wizard-sample"
        label={t("setup.admin.sample")}
        checked={sample}
        onChange={(event) => setSample(event.target.checked)}
      />
      <ProblemNotice failure={setup.error} />
      <div className="sheet-buttons">
        <Button kind="plain" onClick={onBack} disabled={setup.isPending}>
          {t("shell.common.back")}
        </Button>
        <Button data-testid="wizard-finish" kind="primary" type="submit" disabled={setup.isPending}>
          {t(setup.isPending ? "setup.admin.working" : "setup.admin.submit")}
        </Button>
      </div>
    </form>
  );
}

function Strength({ password }: { password: string }) {
  const { t } = useTranslation();
  const value = strength(password);
  const word = t(`setup.strength.${value}`);
  return (
    <div className="strength" data-strength={password ? value : -1}>
      <div aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <i key={step} data-on={password !== "" && value >= step} />
        ))}
      </div>
      <p className="quiet" aria-live="polite">
        {password ? t("setup.strength.label", { word }) : " "}
      </p>
    </div>
  );
}
