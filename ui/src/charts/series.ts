/** Counts in time, ready to draw: one bar chart with stacked series. Pure but for the colours given. */
import type { Histogram } from "../api/generated/Histogram";
import { SEVERITIES } from "../components/severity";

export interface Series {
  name: string;
  /** A token: `--severity-high`. */
  token: string;
  values: number[];
  /** The query that narrows to this series, where there is one. */
  query?: string;
}

export interface TimeSeries {
  /** First moments of the buckets. */
  starts: string[];
  widthSeconds: number;
  /** Whether the bucket still fills. */
  partial: boolean[];
  series: Series[];
  /** Bars are drawn as events per minute, so that ranges of any width compare; counts stay counts. */
  perMinute?: boolean;
}

/** How many events of a bucket make one unit of the axis. */
export function axisUnit(data: TimeSeries): number {
  return data.perMinute ? data.widthSeconds / 60 : 1;
}

/** A histogram by severity: the severest lies at the bottom, where heights can be compared. */
export function bySeverity(
  histogram: Histogram,
  nameOf: (severity: (typeof SEVERITIES)[number]) => string,
): TimeSeries {
  const series = SEVERITIES.map((severity, index) => ({
    name: nameOf(severity),
    token: `--severity-${severity}`,
    values: histogram.buckets.map((bucket) => bucket.by_severity[index] ?? 0),
  }));
  return {
    starts: histogram.buckets.map((bucket) => bucket.from),
    widthSeconds: histogram.width_seconds,
    partial: histogram.buckets.map((bucket) => bucket.partial),
    series: series.filter((one) => one.values.some((value) => value > 0)).reverse(),
  };
}

export function totals(data: TimeSeries): number[] {
  return data.starts.map((_, index) => data.series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
}

function cell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, one row a bucket; moments in UTC. */
export function toCsv(data: TimeSeries): string {
  const head = ["time", ...data.series.map((one) => one.name)];
  const rows = data.starts.map((start, index) => [
    start,
    ...data.series.map((one) => String(one.values[index] ?? 0)),
  ]);
  return `${[head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
