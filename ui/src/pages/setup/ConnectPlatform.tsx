/** Connecting to a platform: its address, then its fingerprint, compared by a person. */
import { Checkbox, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProbeReply } from "../../api/generated/ProbeReply";
import { useProbe } from "../../api/setup";
import { ProblemNotice } from "../../components/Problem";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";

export function FindPlatform({ onBack, onFound }: { onBack(): void; onFound(found: ProbeReply): void }) {
  const { t } = useTranslation();
  const probe = useProbe();
  const [url, setUrl] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (url.trim()) probe.mutate({ url: url.trim() }, { onSuccess: onFound });
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
  onBack(): void;
  onTrust(): void;
}

export function TrustPlatform({ found, onBack, onTrust }: TrustProps) {
  const { t } = useTranslation();
  const [same, setSame] = useState(false);
  return (
    <div className="stack">
      <dl className="pairs">
        <dt>{t("setup.trust.address")}</dt>
        <dd className="mono">{found.url}</dd>
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
