/** What happened lately, at a glance; every number leads to the events behind it. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Inbox } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Overview } from "../../api/generated/Overview";
import type { Range } from "../../api/generated/Range";
import { useOverview } from "../../api/overview";
import { useLoadSample } from "../../api/setup";
import { useStatus } from "../../api/status";
import { bySeverity, type TimeSeries } from "../../charts/series";
import { TimeCard } from "../../charts/TimeCard";
import { ProblemNotice, ProblemState, useUnread } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { useRangeText } from "../../components/RangePicker";
import { widthText } from "../../time/format";
import { toSearch } from "../../time/range";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { HeatMap } from "./HeatMap";
import { Kpis } from "./Kpis";
import { LedgerCard, SyncCard } from "./StateCards";
import { TopList } from "./TopList";

/** Charts are taller where the whole page still fits, in pixels. */
const CHART = { low: 180, tall: 264, tallFrom: 1000 };
/** What the login chart counts, as a query. */
const LOGINS = "kind:auth.login.failed OR kind:auth.login.succeeded";

export function OverviewPage() {
  const search = useSearch({ from: "/overview" });
  const { zone } = usePreferences();
  const { data, error } = useOverview(search, zone);
  if (error && !data) return <ProblemState failure={error} />;
  if (!data) return <Loading />;
  return <div className="page scroll">{data.newest === null ? <Nothing /> : <Filled overview={data} />}</div>;
}

function Filled({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const range = useRangeText();
  const { data: status } = useStatus();
  const height = window.innerHeight >= CHART.tallFrom ? CHART.tall : CHART.low;
  const width = widthText(overview.histogram.width_seconds);
  const brush = (to: Range) => void navigate({ to: "/overview", search: toSearch(to) });
  const open = (to: Range, q?: string) =>
    void navigate({ to: "/events", search: { ...toSearch(to), ...(q ? { q } : {}) } });
  const base = {
    starts: overview.histogram.buckets.map((bucket) => bucket.from),
    widthSeconds: overview.histogram.width_seconds,
    partial: overview.histogram.buckets.map((bucket) => bucket.partial),
  };
  const logins: TimeSeries = {
    ...base,
    series: [
      { name: t("overview.logins.failed"), token: "--chart-7", values: overview.logins.failed },
      { name: t("overview.logins.succeeded"), token: "--chart-1", values: overview.logins.succeeded },
    ].filter((one) => one.values.some((value) => value > 0)),
  };
  return (
    <div className="overview">
      {overview.moved ? (
        <Notice>{t("overview.moved.text", { range: range(toSearch(overview.range), "all") })}</Notice>
      ) : null}
      <Kpis overview={overview} />
      <div className="overview-charts">
        <TimeCard
          title={t("overview.events.title", { width })}
          data={{
            ...bySeverity(overview.histogram, (severity) => t(`severity.name.${severity}`)),
            perMinute: true,
          }}
          source={{ chart: "events", range: overview.range }}
          height={height}
          onBrush={brush}
          onOpen={(to) => open(to)}
        />
        <TimeCard
          title={t("overview.logins.title", { width })}
          data={logins}
          source={{ chart: "logins", range: overview.range }}
          height={height}
          onBrush={brush}
          onOpen={(to) => open(to, LOGINS)}
        />
      </div>
      <div className="overview-tops">
        <TopList
          title={t("overview.top.accounts")}
          chart="accounts"
          rows={overview.accounts}
          range={overview.range}
          within={overview.heat.query}
        />
        <TopList
          title={t("overview.top.addresses")}
          chart="addresses"
          rows={overview.addresses}
          range={overview.range}
          within={overview.heat.query}
          mono
        />
        <TopList
          chart="services"
          title={t("overview.top.services")}
          rows={overview.services}
          range={overview.range}
          mono
        />
      </div>
      <div className="overview-foot">
        <HeatMap
          heat={overview.heat}
          range={{
            from: overview.range.from ?? overview.histogram.range.from,
            to: overview.range.to ?? overview.histogram.range.to,
          }}
        />
        {status ? (
          <>
            <LedgerCard status={status} />
            <SyncCard status={status} />
          </>
        ) : null}
      </div>
    </div>
  );
}

function Nothing() {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const sample = useLoadSample();
  const unread = useUnread();
  if (unread) return <ProblemState failure={unread} />;
  const may = status?.profile?.permissions.some((held) => held === "*" || held === "platform:run") ?? false;
  return (
    <div className="empty">
      <Inbox size={28} aria-hidden="true" />
      <h2>{t("overview.empty.title")}</h2>
      <p className="quiet">{t("overview.empty.text")}</p>
      <ProblemNotice failure={sample.error} />
      {may ? (
        <Button kind="primary" disabled={sample.isPending} onClick={() => sample.mutate()}>
          {t(sample.isPending ? "overview.empty.loading" : "overview.empty.load")}
        </Button>
      ) : null}
      <p className="quiet">
        {t("overview.empty.send")}:{" "}
        <code className="mono">vigiactl send --server {status?.profile?.url} --key-file KEY FILE</code>
      </p>
    </div>
  );
}

/** The page's shape while it is fetched, so that nothing jumps. */
function Loading() {
  const { t } = useTranslation();
  return (
    <div className="page" aria-busy="true" role="status" aria-label={t("shell.common.loading")}>
      <div className="overview">
        <div className="skeleton" style={{ height: 86 }} />
        <div className="overview-charts">
          <div className="skeleton" style={{ height: 236 }} />
          <div className="skeleton" style={{ height: 236 }} />
        </div>
        <div className="overview-tops">
          <div className="skeleton" style={{ height: 240 }} />
          <div className="skeleton" style={{ height: 240 }} />
          <div className="skeleton" style={{ height: 240 }} />
        </div>
      </div>
    </div>
  );
}
