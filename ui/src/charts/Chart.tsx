/**
 * Stacked bars in time that lead to what they count: drag to zoom, click or Enter to open, and the
 * same as a table. ECharts draws; pointer, keys and table are ours, so that all three agree.
 */
import type { ECharts } from "echarts/core";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Range } from "../api/generated/Range";
import { usePreferences } from "../components/preferences";
import { stamp, tick } from "../time/format";
import { bucketRange } from "../time/range";
import { barOption } from "./option";
import { type TimeSeries, totals } from "./series";

export interface ChartProps {
  title: string;
  data: TimeSeries;
  height: number;
  compact?: boolean;
  onBrush(range: Range): void;
  onOpen(range: Range): void;
}

/** Less than this many pixels is a click. */
const DRAG_PX = 5;

export function Chart({ title, data, height, compact = false, onBrush, onOpen }: ChartProps) {
  const { t } = useTranslation();
  const { style, theme, number } = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const [ready, setReady] = useState(false);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const [cursor, setCursor] = useState<{ at: number; anchor: number } | null>(null);

  useEffect(() => {
    let gone = false;
    let watcher: ResizeObserver | undefined;
    void import("./engine").then(({ init }) => {
      if (gone || !box.current) return;
      const made = init(box.current, null, { renderer: "svg" });
      chart.current = made;
      watcher = new ResizeObserver(() => made.resize());
      watcher.observe(box.current);
      setReady(true);
    });
    return () => {
      gone = true;
      watcher?.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);

  // The colours are read from the document, hence the theme among the dependencies.
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme
  useEffect(() => {
    if (!ready) return;
    const words = {
      tick: (start: string) => tick(new Date(start), data.widthSeconds, style),
      span: (index: number) => stamp(new Date(data.starts[index] ?? 0), style),
      total: t("chart.table.total"),
      partial: t("chart.text.partial"),
      perMinute: t("chart.table.per_minute"),
      number: (value: number) => number.format(value),
    };
    chart.current?.setOption(barOption(data, words, compact), true);
  }, [ready, data, style, theme, number, compact, t]);

  const bucketAt = (x: number): number => {
    const made = chart.current;
    if (!made) return 0;
    const found = made.convertFromPixel({ xAxisIndex: 0 }, x);
    return Math.max(0, Math.min(data.starts.length - 1, Math.round(Number(found))));
  };
  const rangeOf = (one: number, other: number) => bucketRange(data.starts, data.widthSeconds, one, other);
  const xOf = (event: PointerEvent<HTMLDivElement>) =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;

  const up = (event: PointerEvent<HTMLDivElement>) => {
    if (!drag) return;
    const end = xOf(event);
    setDrag(null);
    if (Math.abs(end - drag.from) < DRAG_PX) onOpen(rangeOf(bucketAt(end), bucketAt(end)));
    else onBrush(rangeOf(bucketAt(drag.from), bucketAt(end)));
  };

  const show = (at: number, anchor: number) => {
    setCursor({ at, anchor });
    chart.current?.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: at });
  };
  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    const last = data.starts.length - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const at = Math.max(0, Math.min(last, (cursor?.at ?? (step > 0 ? -1 : last + 1)) + step));
      show(at, event.shiftKey && cursor ? cursor.anchor : at);
    } else if (event.key === "Enter" && cursor) {
      event.preventDefault();
      const range = rangeOf(cursor.anchor, cursor.at);
      if (cursor.anchor === cursor.at) onOpen(range);
      else onBrush(range);
    }
  };

  const sums = totals(data);
  const band = drag
    ? { left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }
    : cursor && ready
      ? bandOf(chart.current, cursor, data.starts.length)
      : null;

  return (
    <div
      className="chart"
      data-testid="chart"
      data-ready={ready}
      role="slider"
      tabIndex={0}
      aria-label={t("chart.text.one", { title, n: data.starts.length })}
      aria-roledescription={t("chart.tool.hint")}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, data.starts.length - 1)}
      aria-valuenow={cursor?.at ?? 0}
      aria-valuetext={
        cursor
          ? `${stamp(new Date(data.starts[cursor.at] ?? 0), style)}: ${number.format(sums[cursor.at] ?? 0)}`
          : title
      }
      style={{ height }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setCursor(null);
        setDrag({ from: xOf(event), to: xOf(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: xOf(event) })}
      onPointerUp={up}
      onPointerCancel={() => setDrag(null)}
      onKeyDown={key}
      onBlur={() => {
        setCursor(null);
        chart.current?.dispatchAction({ type: "hideTip" });
      }}
    >
      <div ref={box} className="chart-box" aria-hidden="true" />
      {band && band.width >= DRAG_PX ? <div className="chart-band" style={band} /> : null}
    </div>
  );
}

/** Where the marked buckets lie, in pixels. */
function bandOf(chart: ECharts | null, cursor: { at: number; anchor: number }, buckets: number) {
  if (!chart) return null;
  const edge = (index: number) => Number(chart.convertToPixel({ xAxisIndex: 0 }, index));
  const half = buckets > 1 ? (edge(1) - edge(0)) / 2 : 20;
  const [first, last] = [Math.min(cursor.at, cursor.anchor), Math.max(cursor.at, cursor.anchor)];
  return { left: edge(first) - half, width: edge(last) - edge(first) + 2 * half };
}
