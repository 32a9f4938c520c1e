/** The columns of the events table: which there are, how wide, and which fit at first. Pure. */

export const COLUMNS = [
  { id: "time", width: 220 },
  { id: "severity", width: 88 },
  { id: "kind", width: 168 },
  { id: "service", width: 88 },
  { id: "actor", width: 164 },
  { id: "source_ip", width: 158 },
  { id: "target", width: 150 },
  { id: "status", width: 84 },
  { id: "message", width: 0 },
  { id: "count", width: 56 },
  { id: "seq", width: 76 },
] as const;

export type ColumnId = (typeof COLUMNS)[number]["id"];

/** Which columns are shown, and the widths that were set by hand. */
export interface Layout {
  shown: ColumnId[];
  widths: Partial<Record<ColumnId, number>>;
}

/** Windows narrower than this begin without the columns that can be spared. */
const WIDE_PX = 1600;
const SPARED: readonly ColumnId[] = ["target", "status", "seq"];
export const MIN_WIDTH_PX = 48;
const MESSAGE_MIN_PX = 180;

export function firstLayout(windowWidth: number): Layout {
  const ids = COLUMNS.map((column) => column.id);
  return { shown: windowWidth >= WIDE_PX ? ids : ids.filter((id) => !SPARED.includes(id)), widths: {} };
}

export function isColumn(word: unknown): word is ColumnId {
  return COLUMNS.some((column) => column.id === word);
}

/** A layout read back from where it was kept; `null` where it is none. */
export function parseLayout(text: string | null): Layout | null {
  if (!text) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("shown" in parsed) || !Array.isArray(parsed.shown))
      return null;
    const shown = parsed.shown.filter(isColumn);
    const given =
      "widths" in parsed && typeof parsed.widths === "object" && parsed.widths !== null ? parsed.widths : {};
    const widths = Object.fromEntries(
      Object.entries(given).filter(([id, width]) => isColumn(id) && typeof width === "number"),
    );
    return shown.length > 0 ? { shown, widths } : null;
  } catch {
    return null;
  }
}

/** The columns as a grid: the message takes what is left. */
export function template(layout: Layout): string {
  const shown = COLUMNS.filter((column) => layout.shown.includes(column.id));
  const tracks = shown.map(({ id, width }) => {
    const set = layout.widths[id];
    if (set) return `${set}px`;
    return id === "message" ? `minmax(${MESSAGE_MIN_PX}px, 1fr)` : `${width}px`;
  });
  return ["32px", ...tracks].join(" ");
}
