/** Verifying everything: the two parts, how far and how fast, and the way to stop. */
import { Check, CircleDashed, LoaderCircle, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Job } from "../../api/generated/Job";
import type { Status } from "../../api/generated/Status";
import { useCancelJob } from "../../api/job";
import { usePace, useVerification, useVerifyStart } from "../../api/ledger";
import { ProblemNotice } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { secondsText } from "./took";

const PARTS = ["own_copy", "fetch"] as const;
type Part = (typeof PARTS)[number];
type PartState = "waiting" | "running" | "done" | "failed";

export function VerifyCard({ status, origin }: { status: Status; origin: string | undefined }) {
  const { t } = useTranslation();
  const job = useVerification(origin);
  const start = useVerifyStart();
  const cancel = useCancelJob();
  const running = job?.state.state === "running";
  return (
    <Card title={t("ledger.verify.title")}>
      <p className="quiet note">{t("ledger.verify.text")}</p>
      {status.connection.state === "offline" && !running ? (
        <p className="note">{t("ledger.verify.offline")}</p>
      ) : null}
      {job ? <Parts job={job} /> : null}
      <div className="actions" data-testid="verification" data-state={job?.state.state ?? "none"}>
        {running ? (
          <Button
            disabled={cancel.isPending}
            data-testid="verify-cancel"
            onClick={() => cancel.mutate(job.id)}
          >
            {t("ledger.verify.cancel")}
          </Button>
        ) : (
          <Button
            kind="primary"
            data-testid="verify-start"
            disabled={start.isPending || status.phase !== "ready"}
            onClick={() => start.mutate()}
          >
            {t("ledger.verify.start")}
          </Button>
        )}
      </div>
      <ProblemNotice failure={start.error} />
      {job ? <Ending job={job} /> : null}
    </Card>
  );
}

function stateOf(job: Job, part: Part): PartState {
  if (job.state.state === "done") return "done";
  const at = job.phase === "fetch" ? 1 : 0;
  const index = PARTS.indexOf(part);
  if (index < at) return "done";
  if (index > at) return "waiting";
  return job.state.state === "running" ? "running" : "failed";
}

function Parts({ job }: { job: Job }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const pace = usePace(job);
  const whole = (n: number) => number.format(Math.round(n));
  return (
    <ol className="verify-parts">
      {PARTS.map((part) => {
        const state = stateOf(job, part);
        const counts =
          state === "running" && job.total !== null
            ? t("ledger.verify.of", { done: whole(job.done), total: whole(job.total) })
            : null;
        return (
          <li key={part} data-state={state} data-testid={`verify-${part}`}>
            <PartIcon state={state} />
            <span>{t(`ledger.verify.${part}`)}</span>
            <span className="number quiet">
              {counts ?? (state === "waiting" || state === "done" ? t(`ledger.verify.${state}`) : null)}
            </span>
            {state === "running" ? (
              <>
                <progress
                  max={job.total ?? 1}
                  {...(job.total === null ? {} : { value: job.done })}
                  aria-label={t(`ledger.verify.${part}`)}
                />
                <span className="faint number verify-pace">
                  {pace ? t("ledger.verify.rate", { n: whole(pace.rate) }) : null}
                  {pace?.left != null
                    ? ` · ${t("ledger.verify.eta", { time: secondsText(pace.left) })}`
                    : null}
                </span>
              </>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}

const ICONS: Record<PartState, ReactNode> = {
  waiting: <CircleDashed size={16} aria-hidden="true" />,
  running: <LoaderCircle size={16} aria-hidden="true" />,
  done: <Check size={16} aria-hidden="true" />,
  failed: <X size={16} aria-hidden="true" />,
};

function PartIcon({ state }: { state: PartState }) {
  return ICONS[state];
}

function Ending({ job }: { job: Job }) {
  const { t } = useTranslation();
  const { state } = job;
  switch (state.state) {
    case "running":
      return null;
    case "done":
      return (
        <p className="verify-end" data-state="done" role="status">
          {t("ledger.verify.whole")}
        </p>
      );
    case "cancelled":
      return (
        <p className="quiet" role="status">
          {t("ledger.verify.cancelled")}
        </p>
      );
    case "failed":
      return state.problem.code === "ledger_broken" ? (
        <p className="negative" role="status">
          {t("ledger.verify.broken")}
        </p>
      ) : (
        <>
          <p>{t("ledger.verify.failed")}</p>
          <ProblemNotice failure={state.problem} />
        </>
      );
  }
}
