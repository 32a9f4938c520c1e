/** The trusted key: what people compare, and how it came to be trusted. */
import { useTranslation } from "react-i18next";
import type { LedgerView } from "../../api/generated/LedgerView";
import { Stamp } from "../../components/Stamp";
import { Card } from "../../ui/Card";
import { CopyButton } from "../../ui/Copy";
import { Middle } from "../../ui/Middle";

export function KeyCard({ ledger }: { ledger: LedgerView }) {
  const { t } = useTranslation();
  const { key } = ledger;
  if (!key) {
    return (
      <Card title={t("ledger.key.title")}>
        <p className="quiet">{t("ledger.key.none")}</p>
      </Card>
    );
  }
  const groups = key.fingerprint.match(/.{1,4}/g) ?? [key.fingerprint];
  return (
    <Card title={t("ledger.key.title")} className="ledger-key">
      <p className="quiet">{t("ledger.key.fingerprint")}</p>
      <div className="fingerprint with-tool">
        <code className="mono" data-testid="ledger-fingerprint" data-value={key.fingerprint}>
          {groups.join(" ")}
        </code>
        <CopyButton text={key.fingerprint} label={t("ledger.key.copy")} />
      </div>
      <p className="quiet note">{t("ledger.key.compare")}</p>
      <dl className="pairs">
        <dt>{t("ledger.key.accepted")}</dt>
        <dd>
          <Stamp at={key.accepted_at} />
        </dd>
        <dt>{t("ledger.key.how")}</dt>
        <dd>{t(`ledger.key.how_${key.how ?? "unknown"}`)}</dd>
        <dt>{t("ledger.key.verifier")}</dt>
        <dd className="with-tool">
          <Middle text={key.verifier} keep={12} />
          <CopyButton text={key.verifier} label={t("ledger.key.copy_key")} />
        </dd>
      </dl>
    </Card>
  );
}
