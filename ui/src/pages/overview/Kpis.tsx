/** The key figures of the range. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Overview } from "../../api/generated/Overview";
import type { SeverityName } from "../../api/generated/SeverityName";
import { usePreferences } from "../../components/preferences";
import { Ago, Stamp } from "../../components/Stamp";
import { toSearch } from "../../time/range";

export function Kpis({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { number, lang } = usePreferences();
  const { failed_total: failed, succeeded_total: succeeded } = overview.logins;
  const count = (severity: SeverityName) =>
    overview.severities.find((one) => one.severity === severity)?.count ?? 0;
  const [fatal, critical, high] = [count("fatal"), count("critical"), count("high")];
  const percent = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 });
  const share = failed + succeeded > 0 ? percent.format(failed / (failed + succeeded)) : null;
  return (
    <section className="kpis" aria-label={t("overview.kpi.label")}>
      <Kpi name="events" label={t("overview.kpi.events")} value={overview.events} q="" overview={overview}>
        <Change overview={overview} />
      </Kpi>
      <Kpi
        name="severe"
        label={t("overview.kpi.severe")}
        value={fatal + critical + high}
        q="severity>=high"
        overview={overview}
        tone={fatal + critical + high > 0 ? "negative" : undefined}
      >
        {t("overview.kpi.severities", {
          fatal: number.format(fatal),
          critical: number.format(critical),
          high: number.format(high),
        })}
      </Kpi>
      <Kpi
        name="failed"
        label={t("overview.kpi.failed")}
        value={failed}
        q="kind:auth.login.failed"
        overview={overview}
      >
        {share ? t("overview.kpi.rate", { share }) : null}
      </Kpi>
      <Kpi
        name="succeeded"
        label={t("overview.kpi.succeeded")}
        value={succeeded}
        q="kind:auth.login.succeeded"
        overview={overview}
      />
      <div className="kpi">
        <p className="quiet">{t("overview.kpi.newest")}</p>
        <p className="kpi-value">
          <Ago at={overview.newest} />
        </p>
        <p className="faint">{overview.newest ? <Stamp at={overview.newest} /> : null}</p>
      </div>
    </section>
  );
}

interface KpiProps {
  name: string;
  label: string;
  value: number;
  q: string;
  overview: Overview;
  tone?: "negative" | undefined;
  children?: ReactNode;
}

function Kpi({ name, label, value, q, overview, tone, children }: KpiProps) {
  const { number } = usePreferences();
  return (
    <Link
      to="/events"
      search={{ ...toSearch(overview.range), ...(q ? { q } : {}) }}
      className="kpi"
      data-tone={tone}
    >
      <p className="quiet">{label}</p>
      <p className="kpi-value number" data-testid={`overview-${name}`} data-value={value}>
        {number.format(value)}
      </p>
      <p className="faint">{children}</p>
    </Link>
  );
}

function Change({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { lang } = usePreferences();
  const before = overview.events_before;
  if (before === null || before === 0) return <>{t("overview.kpi.no_before")}</>;
  if (before === overview.events) return <>{t("overview.kpi.same")}</>;
  const format = new Intl.NumberFormat(lang, {
    style: "percent",
    maximumFractionDigits: 0,
    signDisplay: "always",
  });
  return <>{t("overview.kpi.before", { change: format.format(overview.events / before - 1) })}</>;
}
