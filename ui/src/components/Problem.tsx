/** A problem in the reader's language: what, what to do, and the details to copy for support. */
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/generated/Problem";
import { asProblem } from "../api/problem";
import { useStatus } from "../api/status";
import { Button } from "../ui/Button";
import { copyText } from "../ui/Copy";
import { Notice } from "../ui/Notice";

/** The problem in one sentence or two. */
export function useProblemText(): (failure: unknown) => string {
  const { t } = useTranslation();
  return (failure) => {
    const problem = asProblem(failure);
    const wait = problem.retry_after ? ` ${t("problem.part.retry_after", { n: problem.retry_after })}` : "";
    return `${t(`problem.code.${problem.code}`)}. ${t(`problem.do.${problem.code}`)}${wait}`;
  };
}

/** Why nothing of the platform is here, where that is not because the platform holds nothing. */
export function useUnread(): Problem | null {
  const { data: status } = useStatus();
  return status?.copy.entries === 0 ? status.copy.problem : null;
}

/** Inside a form or beside a button. */
export function ProblemNotice({ failure }: { failure: unknown }) {
  const say = useProblemText();
  return failure ? <Notice tone="negative">{say(failure)}</Notice> : null;
}

/** In place of a view that could not be filled. */
export function ProblemState({ failure, actions }: { failure: unknown; actions?: ReactNode }) {
  const { t } = useTranslation();
  const problem = asProblem(failure);
  const say = useProblemText();
  const support = [
    `${t("problem.part.code")}: ${problem.code}`,
    `${t("problem.part.tried")}: ${problem.detail}`,
    ...(problem.request_id ? [`${t("problem.part.request")}: ${problem.request_id}`] : []),
  ];
  return (
    <div className="empty" role="alert">
      <CircleAlert size={28} aria-hidden="true" />
      <p>{say(failure)}</p>
      <p className="mono quiet">{support.join(" · ")}</p>
      <div className="actions">
        {actions}
        <Button onClick={() => void copyText(support.join("\n"))}>{t("shell.copy.support")}</Button>
      </div>
    </div>
  );
}
