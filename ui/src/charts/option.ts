/** What ECharts is told, from a time series and the theme's colours. */
import { parseOklch, toHex } from "../styles/color";
import { axisUnit, type TimeSeries } from "./series";

/** A token's value as ECharts understands it. */
export function tokenColor(token: string): string {
  const text = getComputedStyle(document.documentElement).getPropertyValue(token);
  const rgb = parseOklch(text);
  return rgb ? toHex(rgb) : text;
}

export interface ChartWords {
  tick(start: string): string;
  /** The head of the tooltip: from – to, with zone. */
  span(index: number): string;
  total: string;
  partial: string;
  perMinute: string;
  number(value: number): string;
}

/** Room for labels left of and under the bars, in pixels. */
const GRID = { left: 44, right: 2, top: 8, bottom: 22 };

function tooltip(data: TimeSeries, index: number, words: ChartWords): HTMLElement {
  const box = document.createElement("div");
  const line = (name: string, value: string, color?: string) => {
    const row = box.appendChild(document.createElement("div"));
    row.className = "chart-tip-row";
    const mark = row.appendChild(document.createElement("i"));
    if (color) mark.style.background = color;
    row.appendChild(document.createElement("span")).textContent = name;
    row.appendChild(document.createElement("b")).textContent = value;
  };
  const head = box.appendChild(document.createElement("div"));
  head.className = "chart-tip-head";
  head.textContent = words.span(index);
  let sum = 0;
  for (const one of data.series) {
    const value = one.values[index] ?? 0;
    sum += value;
    if (value > 0) line(one.name, words.number(value), tokenColor(one.token));
  }
  line(data.partial[index] ? `${words.total} (${words.partial})` : words.total, words.number(sum));
  if (data.perMinute) line(words.perMinute, words.number(sum / axisUnit(data)));
  return box;
}

export function barOption(data: TimeSeries, words: ChartWords, compact: boolean) {
  const [text, line, tip] = [tokenColor("--text-3"), tokenColor("--line"), tokenColor("--surface-3")];
  const unit = axisUnit(data);
  const font = { color: text, fontFamily: "Inter Variable", fontSize: 11 };
  return {
    animation: false,
    grid: compact ? { ...GRID, top: 4 } : GRID,
    tooltip: {
      trigger: "axis" as const,
      axisPointer: { type: "shadow" as const, shadowStyle: { color: text, opacity: 0.12 } },
      backgroundColor: tip,
      borderColor: line,
      padding: [6, 10],
      textStyle: { color: tokenColor("--text-1"), fontFamily: "Inter Variable", fontSize: 12 },
      transitionDuration: 0,
      confine: true,
      formatter: (given: unknown) => {
        const first: unknown = Array.isArray(given) ? given[0] : given;
        const index =
          typeof first === "object" && first !== null && "dataIndex" in first ? Number(first.dataIndex) : 0;
        return tooltip(data, index, words);
      },
    },
    xAxis: {
      type: "category" as const,
      data: data.starts,
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      axisLabel: {
        ...font,
        hideOverlap: true,
        alignMinLabel: "left" as const,
        alignMaxLabel: "right" as const,
        formatter: (start: string) => words.tick(start),
      },
    },
    yAxis: {
      type: "value" as const,
      minInterval: unit === 1 ? 1 : 0,
      splitNumber: compact ? 2 : 4,
      splitLine: { lineStyle: { color: line } },
      axisLabel: { ...font, formatter: (value: number) => words.number(value) },
    },
    series: data.series.map((one) => {
      const color = tokenColor(one.token);
      return {
        type: "bar" as const,
        name: one.name,
        stack: "all",
        barCategoryGap: data.starts.length > 120 ? "8%" : "16%",
        color,
        emphasis: { disabled: true },
        data: one.values.map((count, index) =>
          data.partial[index]
            ? {
                value: count / unit,
                itemStyle: {
                  opacity: 0.75,
                  decal: {
                    dashArrayX: [1, 0],
                    dashArrayY: [3, 3],
                    rotation: -Math.PI / 4,
                    color: tokenColor("--surface-1"),
                  },
                },
              }
            : count / unit,
        ),
      };
    }),
  };
}
