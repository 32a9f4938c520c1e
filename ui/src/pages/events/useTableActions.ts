/** What keys do in the table of events; the same actions stand in the palette. */
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import type { Rows } from "../../api/event";
import { usePreferences } from "../../components/preferences";
import { type Action, useActions } from "../../palette/actions";
import { cellTerm, cellText } from "../../table/cells";
import { type Layout, moved, resized, usualWidth } from "../../table/columns";
import { scrollTo } from "../../table/window";
import { copyText } from "../../ui/Copy";
import { type Cursor, HEAD_PX } from "./EventTable";

interface TableActions {
  rows: Rows;
  total: number;
  layout: Layout;
  setLayout(layout: Layout): void;
  extra: readonly string[];
  cursor: Cursor | null;
  setCursor(cursor: Cursor): void;
  box: RefObject<HTMLDivElement | null>;
  row: number;
  select(index: number, extend: boolean): void;
  open(seq: number): void;
  opened: number | undefined;
  onSort(): void;
  onPin(): void;
  onPage(): void;
  onFilter(term: string): void;
  onExclude(term: string): void;
}

/** One press of a key makes a column this much wider. */
const STEP_PX = 16;

/** Registers the actions; gives the step to the previous or next row, with its details where they are open. */
export function useTableActions(table: TableActions): (step: 1 | -1) => void {
  const { t } = useTranslation();
  const { style } = usePreferences();
  const { rows, total, layout, cursor, setCursor, box, opened } = table;
  const columns = layout.map((column) => column.name);
  const current = cursor ? rows.row(cursor.index) : undefined;
  const shown = current ? { row: current, extra: table.extra } : null;
  const term = shown && cursor ? cellTerm(shown, cursor.column) : null;

  const moveTo = (index: number) => {
    const next = { index, column: cursor?.column ?? columns[0] ?? "kind" };
    setCursor(next);
    const element = box.current;
    if (element) {
      const seen = element.clientHeight - HEAD_PX;
      const top = scrollTo(index, element.scrollTop, seen, total, table.row);
      if (top !== null) element.scrollTop = top;
      if (document.activeElement === document.body) element.focus({ preventScroll: true });
    }
    if (opened !== undefined) void rows.fetchRow(index).then((row) => row && table.open(row.seq));
  };
  const step = (by: 1 | -1) => {
    const next = cursor ? cursor.index + by : 0;
    if (next >= 0 && next < total) moveTo(next);
  };
  const aside = (by: 1 | -1) => {
    if (!cursor) return;
    const column = columns[columns.indexOf(cursor.column) + by];
    if (column) setCursor({ ...cursor, column });
  };
  const shift = (by: 1 | -1) => {
    if (cursor) table.setLayout(moved(layout, cursor.column, columns.indexOf(cursor.column) + by));
  };
  const widen = (by: number) => {
    const column = layout.find((one) => one.name === cursor?.column);
    if (!column) return;
    // The message takes what is left until it is given a width.
    const drawn = document.querySelector<HTMLElement>(`[role="columnheader"][data-column="${column.name}"]`);
    const width = column.width ?? (usualWidth(column.name) || (drawn?.offsetWidth ?? 0));
    table.setLayout(resized(layout, column.name, width + by));
  };
  const extend = (by: 1 | -1) => {
    if (!cursor) return;
    table.select(cursor.index, true);
    const next = cursor.index + by;
    if (next >= 0 && next < total) {
      table.select(next, true);
      moveTo(next);
    }
  };
  const key = (id: string, label: string, keys: string, run: () => void): Action => ({
    id,
    group: "table",
    label,
    keys,
    run,
  });
  useActions([
    key("next-row", t("palette.action.next_row"), "j", () => step(1)),
    key("previous-row", t("palette.action.previous_row"), "k", () => step(-1)),
    { ...key("next-row-arrow", t("palette.action.next_row"), "ArrowDown", () => step(1)), quiet: true },
    {
      ...key("previous-row-arrow", t("palette.action.previous_row"), "ArrowUp", () => step(-1)),
      quiet: true,
    },
    key("open-row", t("palette.action.open_row"), "Enter", () => current && table.open(current.seq)),
    key("select-row", t("palette.action.select_row"), "x", () => cursor && table.select(cursor.index, false)),
    key("extend-down", t("palette.action.select_range"), "J", () => extend(1)),
    { ...key("extend-up", t("palette.action.select_range"), "K", () => extend(-1)), quiet: true },
    key("left-cell", t("palette.action.left_cell"), "h", () => aside(-1)),
    key("right-cell", t("palette.action.right_cell"), "l", () => aside(1)),
    key("copy-cell", t("palette.action.copy_cell"), "c", () => {
      if (shown && cursor) void copyText(cellText(shown, cursor.column, style));
    }),
    key("filter-cell", t("palette.action.filter_cell"), "f", () => term && table.onFilter(term)),
    key("exclude-cell", t("palette.action.exclude_cell"), "F", () => term && table.onExclude(term)),
    key("sort", t("palette.action.sort"), "s", table.onSort),
    key("column-left", t("palette.action.column_left"), "H", () => shift(-1)),
    key("column-right", t("palette.action.column_right"), "L", () => shift(1)),
    key("column-narrower", t("palette.action.column_narrower"), "<", () => widen(-STEP_PX)),
    key("column-wider", t("palette.action.column_wider"), ">", () => widen(STEP_PX)),
    key("column-usual", t("palette.action.column_usual"), "=", () => {
      if (cursor) table.setLayout(resized(layout, cursor.column, null));
    }),
    {
      id: "columns",
      group: "table",
      label: t("palette.action.columns"),
      keys: "C",
      run: () => document.querySelector<HTMLElement>("[data-columns]")?.click(),
    },
    ...(opened === undefined ? [] : eventActions()),
  ]);
  function eventActions(): Action[] {
    return [
      {
        id: "previous-event",
        group: "event",
        label: t("palette.action.previous_event"),
        keys: "[",
        run: () => step(-1),
      },
      {
        id: "next-event",
        group: "event",
        label: t("palette.action.next_event"),
        keys: "]",
        run: () => step(1),
      },
      {
        id: "event-page",
        group: "event",
        label: t("palette.action.event_page"),
        keys: "o",
        run: table.onPage,
      },
      { id: "event-pin", group: "event", label: t("palette.action.event_pin"), keys: "p", run: table.onPin },
    ];
  }
  return step;
}
