/** A certificate that nobody whom this computer trusts vouches for: compared, or vouched for by a file. */
import { Checkbox, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Certificate } from "../../api/generated/Certificate";
import type { ProbeReply } from "../../api/generated/ProbeReply";
import type { Tls } from "../../api/generated/Tls";
import { useCertificateLook } from "../../api/profile";
import { useProbe } from "../../api/setup";
import { ProblemNotice, useProblemText } from "../../components/Problem";
import { Stamp } from "../../components/Stamp";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Segments } from "../../ui/Segments";
import { Fingerprint } from "./ConnectPlatform";

interface TrustCertificateProps {
  url: string;
  onBack(): void;
  onFound(found: ProbeReply, tls: Tls): void;
}

type How = "compare" | "authority";

/** The longest file of certificates that is read, in bytes. */
const MAX_PEM = 256 * 1024;

export function TrustCertificate({ url, onBack, onFound }: TrustCertificateProps) {
  const { t } = useTranslation();
  const look = useCertificateLook({ url });
  const probe = useProbe();
  const say = useProblemText();
  const [how, setHow] = useState<How>("compare");
  const [same, setSame] = useState(false);
  const [pem, setPem] = useState("");
  const certificate = look.data?.certificate;
  const ready = how === "compare" ? same && certificate !== undefined : pem.includes("BEGIN CERTIFICATE");
  const go = () => {
    const tls: Tls =
      how === "compare"
        ? { kind: "pinned", fingerprint: certificate?.fingerprint ?? "" }
        : { kind: "authority", pem };
    probe.mutate({ url, tls }, { onSuccess: (found) => onFound(found, tls) });
  };
  return (
    <div className="stack" data-testid="wizard-certificate">
      <ProblemNotice failure={look.error} />
      {look.data?.problem ? <Notice tone="warning">{say(look.data.problem)}</Notice> : null}
      {certificate ? <CertificateFacts certificate={certificate} /> : null}
      <Segments<How>
        label={t("setup.certificate.how")}
        value={how}
        options={(["compare", "authority"] as const).map((value) => ({
          value,
          label: t(`setup.certificate.${value}`),
        }))}
        onChange={setHow}
      />
      {how === "compare" ? (
        <Checkbox
          data-testid="wizard-certificate-same"
          label={t("setup.certificate.same")}
          checked={same}
          onChange={(event) => setSame(event.target.checked)}
        />
      ) : (
        <Authority pem={pem} setPem={setPem} />
      )}
      <ProblemNotice failure={probe.error} />
      <div className="sheet-buttons">
        <Button kind="plain" onClick={onBack}>
          {t("shell.common.back")}
        </Button>
        <Button
          data-testid="wizard-certificate-go"
          kind="primary"
          disabled={!ready || probe.isPending}
          onClick={go}
        >
          {t(probe.isPending ? "setup.remote.probing" : "setup.remote.probe")}
        </Button>
      </div>
    </div>
  );
}

export function CertificateFacts({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  return (
    <>
      <dl className="pairs">
        <dt>{t("setup.certificate.subject")}</dt>
        <dd className="mono">{certificate.subject || t("shell.common.none")}</dd>
        <dt>{t("setup.certificate.issuer")}</dt>
        <dd className="mono">{certificate.issuer || t("shell.common.none")}</dd>
        <dt>{t("setup.certificate.names")}</dt>
        <dd className="mono">{certificate.names.join(", ") || t("shell.common.none")}</dd>
        <dt>{t("setup.certificate.until")}</dt>
        <dd>
          <Stamp at={certificate.not_after} />
        </dd>
      </dl>
      <div className="fingerprint" data-testid="certificate-fingerprint" data-value={certificate.fingerprint}>
        <p className="quiet">{t("setup.certificate.fingerprint")}</p>
        <Fingerprint text={certificate.fingerprint} />
      </div>
    </>
  );
}

function Authority({ pem, setPem }: { pem: string; setPem(pem: string): void }) {
  const { t } = useTranslation();
  return (
    <>
      <Textarea
        data-testid="wizard-ca"
        label={t("setup.certificate.pem")}
        description={t("setup.certificate.pem_hint")}
        className="mono-input"
        minRows={4}
        maxRows={8}
        autosize
        value={pem}
        onChange={(event) => setPem(event.target.value)}
      />
      <label className="quiet">
        {t("setup.certificate.file")}{" "}
        <input
          type="file"
          accept=".pem,.crt,.cer"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file && file.size <= MAX_PEM) void file.text().then(setPem);
          }}
        />
      </label>
    </>
  );
}
