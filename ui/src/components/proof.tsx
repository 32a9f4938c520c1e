/**
 * The one symbol of trust: a check in a ring. Grey: not yet checked. Teal: verified by this computer.
 * Red: broken. It always opens the explanation.
 */
import { useTranslation } from "react-i18next";
import type { Integrity } from "../api/generated/Integrity";
import { CopyButton } from "../ui/Copy";
import { Dialog } from "../ui/Dialog";
import { Middle } from "../ui/Middle";
import { usePreferences } from "./preferences";
import { Ago, Stamp } from "./Stamp";

export type ProofState = Integrity["state"];

export function ProofIcon({ state, size = 16 }: { state: ProofState; size?: number }) {
  return (
    <svg
      className="proof-icon"
      data-state={state}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <circle cx="8" cy="8" r="6.5" strokeDasharray={state === "unchecked" ? "3 2.1" : undefined} />
      <path d={state === "broken" ? "m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" : "m5.2 8.2 2 2 3.7-4.2"} />
    </svg>
  );
}

/** The symbol as a button. */
export function ProofButton({ state, onClick }: { state: ProofState; onClick(): void }) {
  const { t } = useTranslation();
  const label = t("proof.symbol.open", { state: t(`proof.state.${state}`) });
  return (
    <button
      type="button"
      className="icon-button"
      data-size="small"
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <ProofIcon state={state} />
    </button>
  );
}

/** Why this log is trusted, or not. */
export function LogProof({
  integrity,
  open,
  onClose,
}: {
  integrity: Integrity;
  open: boolean;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const checkpoint = integrity.state === "unchecked" ? null : integrity.checkpoint;
  return (
    <Dialog open={open} onClose={onClose} title={t("proof.log.title")} size={620}>
      <div className="stack">
        <p className="proof-line">
          <ProofIcon state={integrity.state} size={20} />
          <strong>{t(`proof.state.${integrity.state}`)}</strong>
        </p>
        <p className="quiet">{t(`proof.log.${integrity.state}`)}</p>
        <dl className="pairs">
          {checkpoint ? <CheckpointPairs checkpoint={checkpoint} /> : null}
          {integrity.state === "verified" ? (
            <>
              <dt>{t("proof.log.at")}</dt>
              <dd>
                <Stamp at={integrity.at} /> <span className="faint">·</span> <Ago at={integrity.at} />
              </dd>
              <dt>{t("proof.log.full")}</dt>
              <dd>
                {integrity.full_check_at ? <Stamp at={integrity.full_check_at} /> : t("proof.log.never")}
              </dd>
            </>
          ) : null}
        </dl>
      </div>
    </Dialog>
  );
}

type Checkpoint = NonNullable<Extract<Integrity, { state: "broken" }>["checkpoint"]>;

export function CheckpointPairs({ checkpoint }: { checkpoint: Checkpoint }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  return (
    <>
      <dt>{t("proof.log.origin")}</dt>
      <dd className="mono">{checkpoint.origin}</dd>
      <dt>{t("proof.log.size")}</dt>
      <dd className="number">{number.format(checkpoint.size)}</dd>
      <dt>{t("proof.log.root")}</dt>
      <dd className="with-tool">
        <Middle text={checkpoint.root} keep={14} />
        <CopyButton text={checkpoint.root} label={`${t("shell.copy.copy")}: ${t("proof.log.root")}`} />
      </dd>
      <dt>{t("proof.log.key")}</dt>
      <dd className="with-tool">
        <Middle text={checkpoint.key_fingerprint} keep={14} />
        <CopyButton
          text={checkpoint.key_fingerprint}
          label={`${t("shell.copy.copy")}: ${t("proof.log.key")}`}
        />
      </dd>
    </>
  );
}
