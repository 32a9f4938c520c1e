/** The ledger as this computer knows it: how it stands, what is trusted and why, what was seen. */
import { useTranslation } from "react-i18next";
import { useLedger } from "../../api/ledger";
import { useStatus } from "../../api/status";
import { ProblemState } from "../../components/Problem";
import { Notice } from "../../ui/Notice";
import { FailureCard, WhatToDo } from "./FailureCard";
import { HistoryCard } from "./HistoryCard";
import { KeyCard } from "./KeyCard";
import { ProofCard } from "./ProofCard";
import { SeenCard } from "./SeenCard";
import { StateCard } from "./StateCard";
import { VerifyCard } from "./VerifyCard";

export function LedgerPage() {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const { data: ledger, error } = useLedger();
  if (error && !ledger) return <ProblemState failure={error} />;
  if (!status || !ledger) return <LedgerSkeleton />;
  const { integrity, connection } = status;
  return (
    <div className="page scroll" data-testid="ledger" data-state={integrity.state}>
      <div className="ledger">
        {connection.state === "offline" && integrity.state === "verified" ? (
          <Notice>{t("ledger.state.offline_text")}</Notice>
        ) : null}
        <div className="ledger-row">
          <div className="ledger-column">
            <StateCard status={status} ledger={ledger} />
            {integrity.state === "broken" ? <WhatToDo broken={integrity} ledger={ledger} /> : null}
            <SeenCard ledger={ledger} />
            <FailureCard />
          </div>
          <div className="ledger-column">
            <VerifyCard status={status} origin={ledger.key?.origin} />
            <KeyCard ledger={ledger} />
            <HistoryCard ledger={ledger} />
            <ProofCard status={status} />
          </div>
        </div>
      </div>
    </div>
  );
}

function LedgerSkeleton() {
  return (
    <div className="page" aria-busy="true">
      <div className="ledger">
        <div className="ledger-row">
          <div className="skeleton ledger-wait" />
          <div className="skeleton ledger-wait" />
        </div>
        <div className="skeleton ledger-wait" />
      </div>
    </div>
  );
}
