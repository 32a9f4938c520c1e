/**
 * The table of events: only the rows that are seen exist. A cursor (row and column) is moved by keys;
 * the grid keeps the focus and names the active row, so that rows may come and go under it.
 */
import { ArrowDown, ArrowUp } from "lucide-react";
import { type PointerEvent, type RefObject, useLayoutEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Rows } from "../../api/event";
import type { EventRow } from "../../api/generated/EventRow";
import type { Sort } from "../../api/generated/Sort";
import { usePreferences } from "../../components/preferences";
import { cell, columnLabel, type Shown } from "../../table/cells";
import { isNumber, type Layout, resized, template } from "../../table/columns";
import type { Window } from "../../table/window";

export interface Cursor {
  index: number;
  column: string;
}

interface EventTableProps {
  rows: Rows;
  view: Window;
  box: RefObject<HTMLDivElement | null>;
  layout: Layout;
  setLayout(layout: Layout): void;
  /** The names of the cells that rows carry beside their own. */
  extra: readonly string[];
  sort: Sort;
  onSort(): void;
  cursor: Cursor | null;
  setCursor(cursor: Cursor): void;
  selected: ReadonlyMap<number, EventRow>;
  onSelect(index: number, extend: boolean): void;
  opened: number | undefined;
  onOpen(row: EventRow, index: number): void;
}

export function EventTable(props: EventTableProps) {
  const { rows, view, box, cursor, opened } = props;
  const { t } = useTranslation();
  // While a width is being dragged, only this table knows it.
  const [dragged, setDragged] = useState<Layout | null>(null);
  const layout = dragged ?? props.layout;
  const total = rows.first?.total ?? 0;
  const indexes: number[] = [];
  for (let index = view.first; index <= view.last; index += 1) indexes.push(index);
  const columns = template(layout);
  const active =
    cursor && cursor.index >= view.first && cursor.index <= view.last ? `row-${cursor.index}` : undefined;
  return (
    <div
      ref={box}
      id="event-table"
      className="grid scroll"
      role="grid"
      tabIndex={0}
      aria-label={t("events.table.label")}
      aria-rowcount={total + 1}
      aria-multiselectable="true"
      aria-activedescendant={active}
    >
      <div className="grid-area" style={{ height: view.height + HEAD_PX }}>
        <Head {...props} layout={layout} setDragged={setDragged} columns={columns} />
        <div className="grid-rows" role="rowgroup" style={{ transform: `translateY(${view.top}px)` }}>
          {indexes.map((index) => (
            <Row
              key={index}
              {...props}
              layout={layout}
              index={index}
              row={rows.row(index)}
              columns={columns}
              isOpen={opened !== undefined && rows.row(index)?.seq === opened}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** The height of the head, as in `events.css`. */
export const HEAD_PX = 32;

interface HeadProps extends EventTableProps {
  setDragged(layout: Layout | null): void;
  columns: string;
}

function Head({ layout, setLayout, setDragged, sort, onSort, columns }: HeadProps) {
  const { t } = useTranslation();
  const order = sort === "newest_first" ? "descending" : "ascending";
  return (
    <div className="grid-head" role="rowgroup">
      <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: columns }}>
        <span role="columnheader">
          <span className="hidden-visually">{t("events.column.select")}</span>
        </span>
        {layout.map(({ name }) => (
          <span
            key={name}
            role="columnheader"
            data-column={name}
            aria-sort={name === "time" ? order : undefined}
            data-right={isNumber(name)}
          >
            {name === "time" ? (
              <button
                type="button"
                onClick={onSort}
                title={t(sort === "newest_first" ? "events.sort.newest" : "events.sort.oldest")}
              >
                {t("events.column.time")}
                {sort === "newest_first" ? <ArrowDown size={12} /> : <ArrowUp size={12} />}
              </button>
            ) : (
              <span className="ellipsis" title={columnLabel(name, t)}>
                {columnLabel(name, t)}
              </span>
            )}
            <Resizer name={name} layout={layout} setLayout={setLayout} setDragged={setDragged} />
          </span>
        ))}
      </div>
    </div>
  );
}

interface ResizerProps {
  name: string;
  layout: Layout;
  setLayout(layout: Layout): void;
  setDragged(layout: Layout | null): void;
}

/** For the mouse; keys do the same from the table and from the list of columns. */
function Resizer({ name, layout, setLayout, setDragged }: ResizerProps) {
  const [from, setFrom] = useState<{ x: number; width: number } | null>(null);
  const begin = (event: PointerEvent<HTMLSpanElement>) => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    setFrom({ x: event.clientX, width: event.currentTarget.parentElement?.offsetWidth ?? 0 });
  };
  const move = (event: PointerEvent<HTMLSpanElement>) => {
    if (!from) return;
    setDragged(resized(layout, name, from.width + event.clientX - from.x));
  };
  const end = () => {
    if (from) setLayout(layout);
    setFrom(null);
    setDragged(null);
  };
  return (
    <span
      className="resizer"
      aria-hidden="true"
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={() => {
        setFrom(null);
        setDragged(null);
      }}
      onDoubleClick={() => setLayout(resized(layout, name, null))}
    />
  );
}

interface RowProps extends EventTableProps {
  index: number;
  row: EventRow | undefined;
  columns: string;
  isOpen: boolean;
}

function Row({
  index,
  row,
  layout,
  extra,
  columns,
  isOpen,
  cursor,
  setCursor,
  selected,
  onSelect,
  onOpen,
}: RowProps) {
  const { t } = useTranslation();
  const { style } = usePreferences();
  const current = cursor?.index === index;
  const isSelected = row !== undefined && selected.has(row.seq);
  const shown: Shown | null = row ? { row, extra } : null;
  return (
    <div
      id={`row-${index}`}
      role="row"
      className="grid-row"
      data-testid="event-row"
      data-seq={row?.seq}
      data-current={current}
      data-open={isOpen}
      data-severity={row?.severity}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ gridTemplateColumns: columns }}
    >
      <span role="gridcell" className="grid-check">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={t("events.column.select")}
          checked={isSelected}
          disabled={!row}
          onChange={() => undefined}
          onClick={(event) => onSelect(index, event.shiftKey)}
        />
      </span>
      {layout.map(({ name }) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys act on the grid, which keeps the focus
        <span
          key={name}
          role="gridcell"
          tabIndex={-1}
          className="ellipsis"
          data-column={name}
          data-right={isNumber(name)}
          data-cursor={current && cursor?.column === name}
          onClick={() => {
            setCursor({ index, column: name });
            if (row) onOpen(row, index);
          }}
        >
          {shown ? cell(shown, name, style, t) : <i className="skeleton" />}
        </span>
      ))}
    </div>
  );
}

/** Follows the size and the scroll of a box. */
export function useScroll(
  box: RefObject<HTMLDivElement | null>,
  present: boolean,
): { top: number; seen: number } {
  const [state, setState] = useState({ top: 0, seen: 600 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !present) return;
    const measure = () =>
      setState({ top: element.scrollTop, seen: Math.max(0, element.clientHeight - HEAD_PX) });
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [box, present]);
  return state;
}
