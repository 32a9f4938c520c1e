/** Why this event is trusted: leaf, place, path, checkpoint, and when this computer checked. */
import { useTranslation } from "react-i18next";
import type { ProofView } from "../../api/generated/ProofView";
import { useProofSave } from "../../api/ledger";
import { usePreferences } from "../../components/preferences";
import { CheckpointPairs, ProofIcon, type ProofState } from "../../components/proof";
import { Stamp } from "../../components/Stamp";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { ProofSavedLine } from "../ledger/ProofCard";

interface EventProofProps {
  proof: ProofView;
  recordedAt: string;
  state: ProofState;
}

export function EventProof({ proof, recordedAt, state }: EventProofProps) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const { checkpoint } = proof;
  const word = proof.verified ? "verified" : checkpoint ? "unverified" : "pending";
  return (
    <div className="stack" data-testid="proof" data-verified={proof.verified} data-index={proof.index}>
      <p className="proof-line" data-state={state}>
        <ProofIcon state={state} size={20} />
        <strong>{t(`proof.state.${state}`)}</strong>
      </p>
      <p className="quiet">{t(`proof.event.${word}`)}</p>
      <dl className="pairs">
        <dt>{t("proof.event.leaf")}</dt>
        <dd className="with-tool">
          <span className="mono hash">{proof.leaf}</span>
          <CopyButton text={proof.leaf} label={`${t("shell.copy.copy")}: ${t("proof.event.leaf")}`} />
        </dd>
        <dt>{t("proof.event.index")}</dt>
        <dd className="number">
          {checkpoint
            ? t("proof.event.index_of", {
                index: number.format(proof.index),
                size: number.format(checkpoint.size),
              })
            : number.format(proof.index)}
        </dd>
        <dt>{t("proof.event.commitments")}</dt>
        <dd>
          {t("proof.event.commitments_of", {
            n: number.format(proof.commitments_checked),
            all: number.format(proof.commitments),
          })}
        </dd>
        <dt>{t("proof.event.recorded")}</dt>
        <dd>
          <Stamp at={recordedAt} />
        </dd>
        {proof.checked_at ? (
          <>
            <dt>{t("proof.log.at")}</dt>
            <dd>
              <Stamp at={proof.checked_at} />
            </dd>
          </>
        ) : null}
        <dt>{t("proof.event.by")}</dt>
        <dd>{t("proof.event.this_computer")}</dd>
      </dl>
      {checkpoint ? (
        <>
          <h2>{t("proof.event.checkpoint")}</h2>
          <dl className="pairs">
            <CheckpointPairs checkpoint={checkpoint} />
          </dl>
        </>
      ) : null}
      <ProofFile seq={proof.index} disabled={!proof.verified} />
      <h2>
        {t("proof.event.path")}{" "}
        <span className="faint">{t("proof.event.path_count", { n: number.format(proof.path.length) })}</span>
      </h2>
      <ol className="path">
        {proof.path.map((hash, index) => (
          <li key={hash}>
            <span className="faint number">{t("proof.event.step", { n: index + 1 })}</span>
            <span className="mono hash">{hash}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The proof as a file that anybody can check offline. */
function ProofFile({ seq, disabled }: { seq: number; disabled: boolean }) {
  const { t } = useTranslation();
  const save = useProofSave();
  const start = (with_content: boolean) => save.mutate({ seq, with_content });
  return (
    <>
      <h2>{t("ledger.proof.title")}</h2>
      <p className="quiet">{t("ledger.proof.text")}</p>
      <div className="actions">
        <Button
          size="small"
          data-testid="proof-export"
          disabled={disabled || save.isPending}
          onClick={() => start(false)}
        >
          {t("ledger.proof.export")}
        </Button>
        <Button
          size="small"
          data-testid="proof-export-content"
          disabled={disabled || save.isPending}
          title={t("ledger.proof.content_text")}
          onClick={() => start(true)}
        >
          {t("ledger.proof.export_content")}
        </Button>
      </div>
      <ProofSavedLine save={save} />
    </>
  );
}
