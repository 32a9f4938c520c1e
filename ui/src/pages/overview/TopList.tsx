/** A ranking as bars; each bar is a link to its events. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ChartKind } from "../../api/generated/ChartKind";
import type { Range } from "../../api/generated/Range";
import type { TopRow } from "../../api/generated/TopRow";
import { SaveChart } from "../../charts/SaveChart";
import { usePreferences } from "../../components/preferences";
import { withTerm } from "../../table/query";
import { toSearch } from "../../time/range";
import { Card } from "../../ui/Card";

interface TopListProps {
  title: string;
  chart: ChartKind;
  rows: TopRow[];
  range: Range;
  /** The query that the bars count within. */
  within?: string;
  mono?: boolean;
}

/** More bars than this are not a glance. */
const MAX_ROWS = 8;

export function TopList({ title, chart, rows, range, within = "", mono = false }: TopListProps) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const most = rows[0]?.count ?? 1;
  return (
    <Card title={title} tools={<SaveChart title={title} source={{ chart, range }} />}>
      {rows.length === 0 ? <p className="quiet">{t("overview.top.empty")}</p> : null}
      <ol className="top">
        {rows.slice(0, MAX_ROWS).map((row) => {
          const inside = (
            <>
              <i style={{ width: `${(100 * row.count) / most}%` }} aria-hidden="true" />
              <span className={`ellipsis ${mono ? "mono" : ""}`} data-masked={row.masked} title={row.text}>
                {row.text}
              </span>
              {row.country ? <span className="country">{row.country}</span> : null}
              <b className="number">{number.format(row.count)}</b>
            </>
          );
          return (
            <li key={row.text}>
              {row.query ? (
                <Link to="/events" search={{ ...toSearch(range), q: withTerm(within, row.query, false) }}>
                  {inside}
                </Link>
              ) : (
                <span>{inside}</span>
              )}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
