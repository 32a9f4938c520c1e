/** Where somebody is signed in: with what, from where, last used when; ended one by one or all at once. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answers, holds, useEndOtherSessions, useEndSession, useSessions } from "../../api/access";
import type { SessionRow } from "../../api/generated/SessionRow";
import { ProblemNotice, ProblemState } from "../../components/Problem";
import { Ago, Stamp } from "../../components/Stamp";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Notice } from "../../ui/Notice";
import { Segments } from "../../ui/Segments";
import { announce } from "../../ui/Toast";
import type { SectionPage } from "./sections";

export function SessionsPage({ status }: SectionPage) {
  const { t } = useTranslation();
  const may = holds(status, "session:read");
  const mayAll = holds(status, "session:write");
  const online = answers(status);
  const [all, setAll] = useState(false);
  const { data, error } = useSessions(all && mayAll, may && online);
  const endOthers = useEndOtherSessions();
  const finish = () =>
    endOthers.mutate(undefined, {
      onSuccess: ({ ended }) =>
        announce(
          ended === 0 ? t("settings.sessions.ended_none") : t("settings.sessions.ended", { count: ended }),
        ),
    });
  return (
    <Card
      title={t("settings.sessions.title")}
      tools={
        mayAll ? (
          <Segments
            label={t("settings.sessions.whose")}
            value={all ? "all" : "own"}
            options={[
              { value: "own", label: t("settings.sessions.own") },
              { value: "all", label: t("settings.sessions.all") },
            ]}
            onChange={(value) => setAll(value === "all")}
          />
        ) : null
      }
    >
      <p className="quiet note">{t("settings.sessions.text")}</p>
      {may ? null : (
        <Notice tone="warning" testId="sessions-denied">
          {t("settings.sessions.denied")}
        </Notice>
      )}
      {may && !online ? <Notice testId="sessions-offline">{t("settings.sessions.offline")}</Notice> : null}
      {error ? <ProblemState failure={error} /> : null}
      {data ? <Sessions rows={data} all={all} /> : null}
      <ProblemNotice failure={endOthers.error} />
      {data ? (
        <div className="actions">
          <Button data-testid="sessions-end-others" disabled={endOthers.isPending} onClick={finish}>
            {t("settings.sessions.end_others")}
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Sessions({ rows, all }: { rows: SessionRow[]; all: boolean }) {
  const { t } = useTranslation();
  const end = useEndSession();
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className="access-list scroll" role="group" tabIndex={0} aria-label={t("settings.sessions.title")}>
        <table>
          <thead>
            <tr>
              {all ? <th scope="col">{t("settings.sessions.who")}</th> : null}
              <th scope="col">{t("settings.sessions.device")}</th>
              <th scope="col">{t("settings.sessions.address")}</th>
              <th scope="col">{t("settings.sessions.started")}</th>
              <th scope="col">{t("settings.sessions.used")}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id} data-testid="session-row" data-current={row.current}>
                {all ? <td>{row.email ?? t("settings.sessions.hidden")}</td> : null}
                <td className="mono">{row.agent ?? t("settings.sessions.unknown")}</td>
                <td className="mono">{row.address ?? t("settings.sessions.unknown")}</td>
                <td>
                  <Stamp at={row.started_at} />
                </td>
                <td>
                  <Ago at={row.last_used_at} />
                </td>
                <td className="end">
                  {row.current ? (
                    <span className="quiet">{t("settings.sessions.this")}</span>
                  ) : (
                    <Button
                      size="small"
                      data-testid="session-end"
                      aria-label={t("settings.sessions.end_label", {
                        agent: row.agent ?? t("settings.sessions.unknown"),
                      })}
                      disabled={end.isPending}
                      onClick={() => end.mutate(row.id)}
                    >
                      {t("settings.sessions.end")}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ProblemNotice failure={end.error} />
    </>
  );
}
