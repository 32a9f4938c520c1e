/** A chart in time with its title, its tools and its other face, the table. */
import { Menu } from "@mantine/core";
import { ChartColumn, Table } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Range } from "../api/generated/Range";
import { usePreferences } from "../components/preferences";
import { stamp, zoneMark } from "../time/format";
import { bucketRange } from "../time/range";
import { IconButton } from "../ui/Button";
import { Card } from "../ui/Card";
import { copyText } from "../ui/Copy";
import { Chart } from "./Chart";
import { type ChartSource, SaveChart } from "./SaveChart";
import { type TimeSeries, toCsv, totals } from "./series";

interface TimeCardProps {
  title: string;
  data: TimeSeries;
  /** What is saved as a file. */
  source: ChartSource;
  height: number;
  className?: string;
  tools?: ReactNode;
  compact?: boolean;
  onBrush(range: Range): void;
  onOpen(range: Range): void;
}

export function TimeCard({
  title,
  data,
  source,
  height,
  className,
  tools,
  compact = false,
  onBrush,
  onOpen,
}: TimeCardProps) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const empty = data.series.length === 0;
  const buttons = (
    <>
      {tools}
      <Legend data={data} />
      <IconButton
        size="small"
        label={t(asTable ? "chart.tool.chart" : "chart.tool.table", { title })}
        aria-pressed={asTable}
        onClick={() => setAsTable(!asTable)}
      >
        {asTable ? <ChartColumn size={14} aria-hidden="true" /> : <Table size={14} aria-hidden="true" />}
      </IconButton>
      <SaveChart
        title={title}
        source={source}
        more={<Menu.Item onClick={() => void copyText(toCsv(data))}>{t("chart.tool.copy")}</Menu.Item>}
      />
    </>
  );
  return (
    <Card title={title} tools={buttons} className={className ?? ""}>
      {empty ? (
        <p className="chart-none quiet" style={{ height }}>
          {t("chart.text.no_events")}
        </p>
      ) : asTable ? (
        <TimeTable title={title} data={data} height={height} onOpen={onOpen} />
      ) : (
        <Chart
          title={title}
          data={data}
          height={height}
          compact={compact}
          onBrush={onBrush}
          onOpen={onOpen}
        />
      )}
    </Card>
  );
}

function Legend({ data }: { data: TimeSeries }) {
  return (
    <ul className="legend">
      {data.series.map((one) => (
        <li key={one.name}>
          <i style={{ background: `var(${one.token})` }} />
          {one.name}
        </li>
      ))}
    </ul>
  );
}

interface TimeTableProps {
  title: string;
  data: TimeSeries;
  height: number;
  onOpen(range: Range): void;
}

function TimeTable({ title, data, height, onOpen }: TimeTableProps) {
  const { t } = useTranslation();
  const { style, number } = usePreferences();
  const sums = totals(data);
  const first = data.starts[0];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="chart-table scroll" style={{ height }} tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              {t("chart.table.time", { zone: first ? zoneMark(new Date(first), style) : style.zone })}
            </th>
            {data.series.map((one) => (
              <th key={one.name} scope="col">
                {one.name}
              </th>
            ))}
            <th scope="col">{t("chart.table.total")}</th>
          </tr>
        </thead>
        <tbody>
          {data.starts.map((start, index) => {
            const time = stamp(new Date(start), style);
            const sum = sums[index] ?? 0;
            return sum === 0 ? null : (
              <tr key={start}>
                <td className="number">
                  {time}
                  {data.partial[index] ? ` (${t("chart.text.partial")})` : ""}
                </td>
                {data.series.map((one) => (
                  <td key={one.name} className="number">
                    {number.format(one.values[index] ?? 0)}
                  </td>
                ))}
                <td className="number">
                  <button
                    type="button"
                    className="link"
                    aria-label={t("chart.table.open", { time })}
                    onClick={() => onOpen(bucketRange(data.starts, data.widthSeconds, index, index))}
                  >
                    {number.format(sum)}
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
