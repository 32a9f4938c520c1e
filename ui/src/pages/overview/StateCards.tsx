/** How the ledger stands, and how the copy on this computer does. */
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/generated/Status";
import { useSyncNow, useVerifyNow } from "../../api/status";
import { ProblemNotice } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { ProofIcon } from "../../components/proof";
import { Ago, Stamp, useAge } from "../../components/Stamp";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Middle } from "../../ui/Middle";
import { bytesText } from "./bytes";

export function LedgerCard({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const verify = useVerifyNow();
  const { integrity, copy } = status;
  const checkpoint = integrity.state === "unchecked" ? null : integrity.checkpoint;
  return (
    <Card
      title={t("overview.ledger.title")}
      tools={
        <Button
          data-testid="verify-now"
          size="small"
          kind="plain"
          disabled={verify.isPending}
          onClick={() => verify.mutate()}
        >
          {t(verify.isPending ? "overview.ledger.verifying" : "overview.ledger.verify")}
        </Button>
      }
    >
      <p className="proof-line" data-state={integrity.state}>
        <ProofIcon state={integrity.state} size={20} />
        <strong>{t(`proof.state.${integrity.state}`)}</strong>
      </p>
      <ProblemNotice failure={verify.error} />
      <dl className="pairs">
        <dt>{t("overview.ledger.size")}</dt>
        <dd className="number">{number.format(copy.platform_size)}</dd>
        {checkpoint ? (
          <>
            <dt>{t("overview.ledger.checkpoint")}</dt>
            <dd className="number">
              {t("overview.ledger.checkpoint_size", { n: number.format(checkpoint.size) })}
            </dd>
            <dt>{t("overview.ledger.root")}</dt>
            <dd>
              <Middle text={checkpoint.root} />
            </dd>
          </>
        ) : null}
        {integrity.state === "verified" ? (
          <>
            <dt>{t("overview.ledger.checked")}</dt>
            <dd>
              <Stamp at={integrity.at} />
            </dd>
            <dt>{t("overview.ledger.full")}</dt>
            <dd>{integrity.full_check_at ? <Ago at={integrity.full_check_at} /> : t("proof.log.never")}</dd>
          </>
        ) : null}
      </dl>
    </Card>
  );
}

export function SyncCard({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { number, lang } = usePreferences();
  const sync = useSyncNow();
  const say = useAge();
  const { connection, copy } = status;
  const busy = sync.isPending || copy.syncing;
  const age = connection.state === "offline" ? say(connection.since) : "";
  return (
    <Card
      title={t("overview.sync.title")}
      tools={
        <Button size="small" kind="plain" disabled={busy} onClick={() => sync.mutate()}>
          {t(busy ? "overview.sync.syncing" : "overview.sync.now")}
        </Button>
      }
    >
      <ProblemNotice failure={sync.error} />
      <dl className="pairs">
        <dt>{t("overview.sync.connection")}</dt>
        <dd>{t(`shell.foot.${connection.state}`, { age })}</dd>
        <dt>{t("overview.sync.synced")}</dt>
        <dd>
          <Ago at={copy.synced_at} />
        </dd>
        <dt>{t("overview.sync.entries")}</dt>
        <dd className="number">
          {t("overview.sync.entries_of", {
            here: number.format(copy.entries),
            there: number.format(copy.platform_size),
          })}
        </dd>
        <dt>{t("overview.sync.disk")}</dt>
        <dd className="number">{bytesText(copy.disk_bytes, lang)}</dd>
      </dl>
      {copy.platform_size > 0 ? (
        <progress max={copy.platform_size} value={copy.entries} aria-label={t("overview.sync.entries")} />
      ) : null}
    </Card>
  );
}
