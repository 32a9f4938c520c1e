/**
 * The columns of the events table: any field of the query language, and who and to whom in one.
 * Order and widths are the person's. Pure.
 */
import type { ColumnView } from "../api/generated/ColumnView";

/** Columns that every row carries, with their usual widths in pixels; the message takes what is left. */
const OWN = {
  time: 220,
  severity: 88,
  kind: 168,
  service: 88,
  actor: 164,
  "source.ip": 158,
  target: 150,
  status: 84,
  message: 0,
  count: 56,
  seq: 76,
} as const;

export type OwnColumn = keyof typeof OWN;

/** The columns in order. */
export type Layout = ColumnView[];

export function isOwn(name: string): name is OwnColumn {
  return name in OWN;
}

/** Windows narrower than this begin without the columns that can be spared. */
const WIDE_PX = 1600;
const SPARED: readonly string[] = ["target", "status", "seq"];
export const MIN_WIDTH_PX = 48;
export const MAX_WIDTH_PX = 2000;
const FIELD_PX = 150;
const MESSAGE_MIN_PX = 180;
/** As many as the desk takes. */
export const MAX_COLUMNS = 64;

const USUAL: Readonly<Record<string, number>> = {
  recorded_at: 220,
  "source.port": 72,
  "source.country": 72,
  id: 300,
  "source.user_agent": 240,
};

export function firstLayout(windowWidth: number): Layout {
  const names = Object.keys(OWN).filter((name) => windowWidth >= WIDE_PX || !SPARED.includes(name));
  return names.map((name) => ({ name, width: null }));
}

/** What rows must carry beside their own. */
export function extraOf(layout: Layout): string[] {
  return layout.map((column) => column.name).filter((name) => !isOwn(name));
}

/** Numbers stand right. */
export function isNumber(name: string): boolean {
  return name === "count" || name === "seq" || name === "source.port";
}

export function isTime(name: string): boolean {
  return name === "time" || name === "recorded_at";
}

/** The usual width; 0 takes what is left. */
export function usualWidth(name: string): number {
  return isOwn(name) ? OWN[name] : (USUAL[name] ?? FIELD_PX);
}

/** The columns as a grid. */
export function template(layout: Layout): string {
  const tracks = layout.map(({ name, width }) => {
    const px = width ?? usualWidth(name);
    return px === 0 ? `minmax(${MESSAGE_MIN_PX}px, 1fr)` : `${px}px`;
  });
  return ["32px", ...tracks].join(" ");
}

/** A column more at the end, or one less; never none, never twice. */
export function toggled(layout: Layout, name: string): Layout {
  const without = layout.filter((column) => column.name !== name);
  if (without.length === layout.length) {
    return layout.length < MAX_COLUMNS ? [...layout, { name, width: null }] : layout;
  }
  return without.length > 0 ? without : layout;
}

/** The column in another place. */
export function moved(layout: Layout, name: string, to: number): Layout {
  const from = layout.findIndex((column) => column.name === name);
  const column = layout[from];
  if (!column) return layout;
  const rest = layout.filter((other) => other.name !== name);
  rest.splice(Math.max(0, Math.min(rest.length, to)), 0, column);
  return rest;
}

/** The column with another width; `null` is the usual one. */
export function resized(layout: Layout, name: string, width: number | null): Layout {
  const bound = width === null ? null : Math.round(Math.max(MIN_WIDTH_PX, Math.min(MAX_WIDTH_PX, width)));
  return layout.map((column) => (column.name === name ? { name, width: bound } : column));
}

/** Named columns as a layout, each as wide as it was. */
export function named(names: readonly string[], before: Layout): Layout {
  return names.map((name) => ({
    name,
    width: before.find((column) => column.name === name)?.width ?? null,
  }));
}
