/** The platforms of this console: who is signed in, and which key each log must have. */
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/generated/Status";
import { useSignOut } from "../../api/status";
import { ProblemNotice } from "../../components/Problem";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Fingerprint } from "../setup/ConnectPlatform";
import type { SectionPage } from "./sections";

export function PlatformsPage({ status }: SectionPage) {
  return (
    <>
      <Account status={status} />
      <Trust status={status} />
    </>
  );
}

function Account({ status }: { status: Status }) {
  const { t } = useTranslation();
  const signOut = useSignOut();
  const { profile } = status;
  const url = profile?.url ?? "";
  return (
    <Card title={t("settings.account.title")}>
      <dl className="pairs">
        <dt>{t("settings.account.email")}</dt>
        <dd>{profile?.email ?? t("settings.account.nobody")}</dd>
        <dt>{t("settings.account.platform")}</dt>
        <dd className="mono">{profile?.embedded ? t("settings.account.embedded", { url }) : url}</dd>
        <dt>{t("settings.account.permissions")}</dt>
        <dd className="mono">{profile?.permissions.join(", ") || t("shell.common.none")}</dd>
      </dl>
      <ProblemNotice failure={signOut.error} />
      {profile?.email ? (
        <div className="setting">
          <span className="quiet">{t("settings.account.stays")}</span>
          <Button disabled={signOut.isPending} onClick={() => signOut.mutate()}>
            {t(signOut.isPending ? "settings.account.signing_out" : "settings.account.sign_out")}
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Trust({ status }: { status: Status }) {
  const { t } = useTranslation();
  const checkpoint = status.integrity.state === "unchecked" ? null : status.integrity.checkpoint;
  return (
    <Card title={t("settings.trust.title")}>
      {checkpoint ? (
        <>
          <dl className="pairs">
            <dt>{t("settings.trust.origin")}</dt>
            <dd className="mono">{checkpoint.origin}</dd>
            <dt>{t("settings.trust.fingerprint")}</dt>
            <dd>
              <Fingerprint text={checkpoint.key_fingerprint} />
            </dd>
          </dl>
          <p className="quiet note">{t("settings.trust.text")}</p>
        </>
      ) : (
        <p className="quiet">{t("settings.trust.none")}</p>
      )}
    </Card>
  );
}
