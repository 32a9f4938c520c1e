/** The one symbol of trust, large, with what it rests on. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { LedgerView } from "../../api/generated/LedgerView";
import type { Status } from "../../api/generated/Status";
import { usePreferences } from "../../components/preferences";
import { ProofIcon } from "../../components/proof";
import { Ago, Stamp } from "../../components/Stamp";
import { Card } from "../../ui/Card";
import { CopyButton } from "../../ui/Copy";
import { Middle } from "../../ui/Middle";
import { tookText } from "./took";

export function StateCard({ status, ledger }: { status: Status; ledger: LedgerView }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const { integrity } = status;
  const checkpoint = integrity.state === "unchecked" ? null : integrity.checkpoint;
  const check = ledger.history.find((one) => one.what === "checked");
  return (
    <Card title={t("ledger.state.title")}>
      <div className="ledger-state" data-state={integrity.state}>
        <ProofIcon state={integrity.state} size={44} />
        <div>
          <p className="ledger-word">{t(`proof.state.${integrity.state}`)}</p>
          <p className="quiet">{t(`ledger.state.${integrity.state}_text`)}</p>
        </div>
      </div>
      <dl className="pairs">
        {integrity.state === "verified" ? (
          <>
            <dt>{t("ledger.state.at")}</dt>
            <dd>
              <Stamp at={integrity.at} /> <span className="faint">·</span> <Ago at={integrity.at} />
            </dd>
          </>
        ) : null}
        <dt>{t("ledger.state.full")}</dt>
        <dd data-testid="ledger-full">
          {check ? (
            <>
              <Stamp at={check.at} /> <span className="faint">·</span>{" "}
              {t("ledger.state.full_of", {
                n: number.format(check.entries),
                took: tookText(check.took, number),
              })}
            </>
          ) : (
            t("proof.log.never")
          )}
        </dd>
        {checkpoint ? (
          <>
            <dt>{t("ledger.state.origin")}</dt>
            <dd className="mono">{checkpoint.origin}</dd>
            <dt>{t("ledger.state.size")}</dt>
            <dd className="number" data-testid="ledger-size" data-value={checkpoint.size}>
              {number.format(checkpoint.size)}
            </dd>
            <dt>{t("ledger.state.root")}</dt>
            <dd className="with-tool">
              <span className="mono hash">{checkpoint.root}</span>
              <CopyButton
                text={checkpoint.root}
                label={`${t("shell.copy.copy")}: ${t("ledger.state.root")}`}
              />
            </dd>
            <dt>{t("ledger.state.signed_by")}</dt>
            <dd>
              <Middle text={checkpoint.key_fingerprint} keep={14} />
            </dd>
          </>
        ) : null}
        {ledger.key ? (
          <>
            <dt>{t("ledger.state.erased")}</dt>
            <dd>
              <Explained ledger={ledger} />
            </dd>
          </>
        ) : null}
      </dl>
      {ledger.note ? (
        <details className="ledger-note">
          <summary>{t("ledger.state.note")}</summary>
          <div className="code">
            <CopyButton text={ledger.note} label={t("ledger.state.copy_note")} />
            <pre className="mono">{ledger.note}</pre>
          </div>
        </details>
      ) : null}
    </Card>
  );
}

/** What is gone though nothing is wrong: the log itself says so, and the number leads to where it does. */
function Explained({ ledger }: { ledger: LedgerView }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const { erased, prunings, dropped } = ledger;
  if (erased + prunings + dropped === 0) return t("ledger.state.erased_none");
  const to = (kind: string) => ({ to: "/events", search: { q: `kind:${kind}`, last: "all" } }) as const;
  return (
    <>
      {erased > 0 ? (
        <p>
          <Link {...to("privacy.subject.erased")}>
            {t("ledger.state.erased_people", { count: erased, n: number.format(erased) })}
          </Link>
        </p>
      ) : null}
      {prunings > 0 ? (
        <p>
          <Link {...to("ledger.pruned")}>{t("ledger.state.pruned", { n: number.format(prunings) })}</Link>
        </p>
      ) : null}
      {dropped > 0 ? (
        <p>
          <Link {...to("period.dropped")}>{t("ledger.state.dropped", { n: number.format(dropped) })}</Link>
        </p>
      ) : null}
    </>
  );
}
