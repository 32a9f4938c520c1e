/** Connecting to a platform: its address, its certificate, its log key, and signing in. */
import { Checkbox, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProbeReply } from "../../api/generated/ProbeReply";
import type { Tls } from "../../api/generated/Tls";
import { asProblem } from "../../api/problem";
import { useProbe } from "../../api/setup";
import { ProblemNotice } from "../../components/Problem";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { SignInForm } from "../sign-in/SignInForm";
import { TrustCertificate } from "./TrustCertificate";

type Step =
  | { at: "address" }
  | { at: "certificate"; url: string }
  | { at: "trust"; found: ProbeReply; tls: Tls | null }
  | { at: "sign-in"; found: ProbeReply; tls: Tls | null };

export interface StepFrame {
  title: string;
  text: string;
  /** Which of four. */
  number: number;
  children: ReactNode;
}

interface ConnectProps {
  frame(step: StepFrame): ReactNode;
  onBack(): void;
  onDone?(): void;
}

/** The steps, in whatever frame: the wizard's sheet, or a dialog of the settings. */
export function Connect({ frame, onBack, onDone }: ConnectProps) {
  const { t } = useTranslation();
  const [step, setStep] = useState<Step>({ at: "address" });
  switch (step.at) {
    case "address":
      return frame({
        title: t("setup.remote.title"),
        text: t("setup.remote.text"),
        number: 2,
        children: (
          <FindPlatform
            onBack={onBack}
            onFound={(found) => setStep({ at: "trust", found, tls: null })}
            onUnknown={(url) => setStep({ at: "certificate", url })}
          />
        ),
      });
    case "certificate":
      return frame({
        title: t("setup.certificate.title"),
        text: t("setup.certificate.text"),
        number: 2,
        children: (
          <TrustCertificate
            url={step.url}
            onBack={() => setStep({ at: "address" })}
            onFound={(found, tls) => setStep({ at: "trust", found, tls })}
          />
        ),
      });
    case "trust":
      return frame({
        title: t("setup.trust.title"),
        text: t("setup.trust.text"),
        number: 3,
        children: (
          <TrustPlatform
            found={step.found}
            tls={step.tls}
            onBack={() => setStep({ at: "address" })}
            onTrust={() => setStep({ ...step, at: "sign-in" })}
          />
        ),
      });
    case "sign-in":
      return frame({
        title: t("signin.form.title"),
        text: t("signin.form.text", { url: step.found.url }),
        number: 4,
        children: (
          <SignInForm profile={null} found={step.found} tls={step.tls} {...(onDone ? { onDone } : {})} />
        ),
      });
  }
}

interface FindProps {
  onBack(): void;
  onFound(found: ProbeReply): void;
  /** Its certificate is none that this computer trusts by itself. */
  onUnknown(url: string): void;
}

function FindPlatform({ onBack, onFound, onUnknown }: FindProps) {
  const { t } = useTranslation();
  const probe = useProbe();
  const [url, setUrl] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = url.trim();
    if (!wanted) return;
    probe.mutate(
      { url: wanted },
      {
        onSuccess: onFound,
        onError: (failure) => {
          if (asProblem(failure).code.startsWith("certificate_")) onUnknown(wanted);
        },
      },
    );
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextInput
        data-testid="wizard-url"
        label={t("setup.remote.url")}
        description={t("setup.remote.url_hint")}
        autoFocus
        className="mono-input"
        value={url}
        onChange={(event) => setUrl(event.target.value)}
      />
      <ProblemNotice failure={probe.error} />
      <div className="sheet-buttons">
        <Button kind="plain" onClick={onBack}>
          {t("shell.common.back")}
        </Button>
        <Button
          data-testid="wizard-probe"
          kind="primary"
          type="submit"
          disabled={probe.isPending || !url.trim()}
        >
          {t(probe.isPending ? "setup.remote.probing" : "setup.remote.probe")}
        </Button>
      </div>
    </form>
  );
}

interface TrustProps {
  found: ProbeReply;
  tls: Tls | null;
  onBack(): void;
  onTrust(): void;
}

function TrustPlatform({ found, tls, onBack, onTrust }: TrustProps) {
  const { t } = useTranslation();
  const [same, setSame] = useState(false);
  const word = found.url.startsWith("https://") ? (tls?.kind ?? "system") : "none";
  return (
    <div className="stack">
      <dl className="pairs">
        <dt>{t("setup.trust.address")}</dt>
        <dd className="mono">{found.url}</dd>
        <dt>{t("setup.trust.certificate")}</dt>
        <dd data-testid="wizard-certificate-trust" data-kind={word}>
          {t(`setup.tls.${word}`)}
        </dd>
        <dt>{t("setup.trust.origin")}</dt>
        <dd className="mono">{found.origin}</dd>
        <dt>{t("setup.trust.version")}</dt>
        <dd className="mono">{found.version}</dd>
      </dl>
      <div className="fingerprint" data-testid="wizard-fingerprint" data-value={found.fingerprint}>
        <p className="quiet">{t("setup.trust.fingerprint")}</p>
        <Fingerprint text={found.fingerprint} />
      </div>
      <Checkbox
        data-testid="wizard-same"
        label={t("setup.trust.same")}
        checked={same}
        onChange={(event) => setSame(event.target.checked)}
      />
      <div className="sheet-buttons">
        <Button kind="plain" onClick={onBack}>
          {t("shell.common.back")}
        </Button>
        <Button data-testid="wizard-trust" kind="primary" disabled={!same} onClick={onTrust}>
          {t("setup.trust.accept")}
        </Button>
      </div>
    </div>
  );
}

/** In groups of four, so that it can be read out. */
export function Fingerprint({ text }: { text: string }) {
  const { t } = useTranslation();
  const groups = text.replaceAll(":", "").match(/.{1,4}/g) ?? [text];
  return (
    <p className="with-tool">
      <code className="mono">{groups.join(" ")}</code>
      <CopyButton text={text} label={t("settings.trust.copy")} />
    </p>
  );
}
