/** The platform's certificate is not the one that was accepted: nothing is sent before a person says so. */
import { Checkbox } from "@mantine/core";
import { ShieldAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/generated/Problem";
import type { Profile } from "../api/generated/Profile";
import { useCertificateAccept, useCertificateLook } from "../api/profile";
import { CertificateFacts } from "../pages/setup/TrustCertificate";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ProblemNotice } from "./Problem";

export function isAboutCertificate(problem: Problem | null): problem is Problem {
  return problem?.code.startsWith("certificate_") ?? false;
}

export function CertificateBanner({ profile, problem }: { profile: Profile; problem: Problem }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const trusted = problem.fields?.["trusted"];
  const presented = problem.fields?.["certificate"];
  return (
    <section className="broken certificate" role="alert" data-testid="certificate-banner">
      <ShieldAlert size={28} aria-hidden="true" />
      <div>
        <h2>{t(`problem.code.${problem.code}`)}</h2>
        <p>
          {t(`problem.do.${problem.code}`)} {t("shell.certificate.text")}
        </p>
        <dl>
          {trusted ? (
            <div>
              <dt>{t("shell.certificate.trusted")}</dt>
              <dd className="mono wrap">{trusted}</dd>
            </div>
          ) : null}
          {presented ? (
            <div>
              <dt>{t("shell.certificate.presented")}</dt>
              <dd className="mono wrap" data-testid="certificate-presented">
                {presented}
              </dd>
            </div>
          ) : null}
        </dl>
        <Button size="small" data-testid="certificate-look" onClick={() => setOpen(true)}>
          {t("shell.certificate.look")}
        </Button>
      </div>
      <Dialog open={open} onClose={() => setOpen(false)} title={t("shell.certificate.title")} size={620}>
        {open ? <Accept profile={profile} onDone={() => setOpen(false)} /> : null}
      </Dialog>
    </section>
  );
}

function Accept({ profile, onDone }: { profile: Profile; onDone(): void }) {
  const { t } = useTranslation();
  const look = useCertificateLook({ url: profile.url });
  const accept = useCertificateAccept();
  const [same, setSame] = useState(false);
  const certificate = look.data?.certificate;
  return (
    <div className="stack">
      <p className="quiet">{t("shell.certificate.warning")}</p>
      <ProblemNotice failure={look.error ?? accept.error} />
      {certificate ? <CertificateFacts certificate={certificate} /> : null}
      <Checkbox
        data-testid="certificate-same"
        label={t("setup.certificate.same")}
        checked={same}
        onChange={(event) => setSame(event.target.checked)}
      />
      <div className="sheet-buttons">
        <Button kind="plain" onClick={onDone}>
          {t("shell.common.close")}
        </Button>
        <Button
          data-testid="certificate-accept"
          kind="primary"
          disabled={!same || !certificate || accept.isPending}
          onClick={() =>
            certificate &&
            accept.mutate(
              { id: profile.id, fingerprint: certificate.fingerprint },
              { onSuccess: () => onDone() },
            )
          }
        >
          {t("shell.certificate.accept")}
        </Button>
      </div>
    </div>
  );
}
