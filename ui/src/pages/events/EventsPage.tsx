/** The search: bar, histogram, table, details. Everything a colleague needs to see the same is in the address. */
import { Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Columns3, Inbox, SearchX } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Rows, type Search, useHistogram, useRows } from "../../api/event";
import type { EventRow } from "../../api/generated/EventRow";
import { asProblem } from "../../api/problem";
import { useStatus } from "../../api/status";
import { bySeverity } from "../../charts/series";
import { TimeCard } from "../../charts/TimeCard";
import { ProblemState } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { useLayer } from "../../palette/actions";
import type { EventsSearch } from "../../router";
import { COLUMNS, type ColumnId, type Layout } from "../../table/columns";
import { withTerm } from "../../table/query";
import { useLayout } from "../../table/useLayout";
import { type Window, windowOf } from "../../table/window";
import { widthText } from "../../time/format";
import { resolveRange, toSearch } from "../../time/range";
import { Button, IconButton } from "../../ui/Button";
import { copyText } from "../../ui/Copy";
import { Drawer } from "./Drawer";
import { type Cursor, EventTable, useScroll } from "./EventTable";
import { QueryProblem, SearchBar } from "./SearchBar";
import { useTableActions } from "./useTableActions";

const ROW_PX = { compact: 28, comfortable: 36 } as const;
const HISTOGRAM_PX = 84;
const BUCKETS = 120;

/** What the address asks for, and its moments fixed until something new is asked for. */
function useAsked() {
  const search = useSearch({ from: "/events" });
  const client = useQueryClient();
  const { data: status } = useStatus();
  const entries = status?.copy.entries ?? 0;
  const [seen, setSeen] = useState(entries);
  const [asked, setAsked] = useState(() => new Date());
  const { last, from, to, q = "", sort } = search;
  const wanted = useMemo<Search>(
    () => ({
      query: q,
      range: resolveRange(
        { ...(last ? { last } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) },
        "all",
        asked,
      ),
      sort: sort === "oldest" ? "oldest_first" : "newest_first",
    }),
    [q, last, from, to, sort, asked],
  );
  const refresh = () => {
    setSeen(entries);
    setAsked(new Date());
    void client.invalidateQueries({ queryKey: ["search"] });
  };
  return { search, wanted, fresh: entries !== seen, refresh };
}

export function EventsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { zone, settings } = usePreferences();
  const { search, wanted, fresh, refresh } = useAsked();
  const [layout, setLayout] = useLayout();
  const [chosen, setCursor] = useState<Cursor | null>(null);
  const [selected, setSelected] = useState<ReadonlyMap<number, EventRow>>(new Map());
  const box = useRef<HTMLDivElement>(null);

  const row = ROW_PX[settings.density];
  const [present, setPresent] = useState(false);
  const scroll = useScroll(box, present);
  const [known, setKnown] = useState(0);
  const view = windowOf(scroll.top, scroll.seen, known, row);
  const rows = useRows(wanted, view.first, Math.max(view.first, view.last));
  const total = rows.first?.total ?? 0;
  const cursor = chosen ?? cursorOf(rows, view, search.event);
  if (total !== known) setKnown(total);
  const filled = rows.first !== undefined && total > 0 && !rows.error;
  if (filled !== present) setPresent(filled);
  const histogram = useHistogram(wanted.query, wanted.range, BUCKETS, zone);

  const change = (next: Partial<EventsSearch>, drop: (keyof EventsSearch)[] = [], replace = false) =>
    void navigate({
      to: "/events",
      replace,
      search: (old) => {
        const kept: EventsSearch = { ...old, ...next };
        for (const name of drop) delete kept[name];
        return kept;
      },
    });
  const toQuery = (q: string) => change(q ? { q } : {}, q ? ["event", "tab"] : ["q", "event", "tab"]);
  const open = (seq: number) => change({ event: seq }, [], search.event !== undefined);
  const close = () => {
    change({}, ["event", "tab"]);
    box.current?.focus();
  };
  useLayer(search.event !== undefined, close);
  const pivots = {
    onFilter: (term: string) => toQuery(withTerm(wanted.query, term, false)),
    onExclude: (term: string) => toQuery(withTerm(wanted.query, term, true)),
    onPivot: (term: string) => change({ q: term }, ["from", "to", "last", "event", "tab"]),
  };
  const select = (index: number, extend: boolean) => {
    const from = extend && cursor ? Math.min(cursor.index, index) : index;
    const until = extend && cursor ? Math.max(cursor.index, index) : index;
    const next = new Map(selected);
    for (let at = from; at <= until; at += 1) {
      const one = rows.row(at);
      if (!one) continue;
      if (!extend && next.has(one.seq)) next.delete(one.seq);
      else next.set(one.seq, one);
    }
    setSelected(next);
    setCursor({ index, column: cursor?.column ?? "kind" });
  };
  const step = useTableActions({
    rows,
    total,
    layout,
    cursor,
    setCursor,
    box,
    row,
    select,
    open,
    opened: search.event,
    onSort: () => change(search.sort ? {} : { sort: "oldest" }, search.sort ? ["sort"] : []),
    onPin: () => change(search.pin ? {} : { pin: true }, search.pin ? ["pin"] : [], true),
    onPage: () =>
      search.event !== undefined &&
      void navigate({ to: "/events/$seq", params: { seq: String(search.event) }, search: { ...search } }),
    ...pivots,
  });

  const data = histogram.data;
  const invalid = rows.error && asProblem(rows.error).code === "invalid_query";
  return (
    <div className="events" data-drawer={search.event !== undefined && search.pin === true}>
      <div className="events-main">
        <SearchBar query={wanted.query} onSearch={toQuery} />
        {data && !rows.error ? (
          <TimeCard
            className="events-histogram"
            title={t("events.histogram.title", { width: widthText(data.width_seconds) })}
            data={bySeverity(data, (severity) => t(`severity.name.${severity}`))}
            height={HISTOGRAM_PX}
            compact
            onBrush={(range) => change(toSearch(range), ["last"])}
            onOpen={(range) => change(toSearch(range), ["last"])}
          />
        ) : (
          <div className="skeleton" style={{ height: HISTOGRAM_PX + 56 }} />
        )}
        <CountLine
          total={total}
          query={wanted.query}
          known={rows.first !== undefined}
          current={rows.current}
          took={rows.first?.took_ms}
          selected={selected}
          clear={() => setSelected(new Map())}
          fresh={fresh}
          refresh={refresh}
          layout={layout}
          setLayout={setLayout}
        />
        {rows.error ? (
          invalid ? (
            <div className="empty" role="alert">
              <SearchX size={28} aria-hidden="true" />
              <QueryProblem
                failure={rows.error}
                replace={(wrong, right) => toQuery(wanted.query.replace(wrong, right))}
              />
            </div>
          ) : (
            <ProblemState
              failure={rows.error}
              actions={<Button onClick={refresh}>{t("shell.common.retry")}</Button>}
            />
          )
        ) : filled ? (
          <EventTable
            rows={rows}
            view={view}
            box={box}
            layout={layout}
            setLayout={setLayout}
            sort={wanted.sort}
            onSort={() => change(search.sort ? {} : { sort: "oldest" }, search.sort ? ["sort"] : [])}
            cursor={cursor}
            setCursor={setCursor}
            selected={selected}
            onSelect={select}
            opened={search.event}
            onOpen={(one) => open(one.seq)}
          />
        ) : rows.first ? (
          <Nothing search={search} change={change} />
        ) : (
          <div className="grid skeleton-rows" aria-busy="true" />
        )}
      </div>
      {search.event === undefined ? null : (
        <Drawer
          seq={search.event}
          tab={search.tab ?? "fields"}
          pinned={search.pin === true}
          setTab={(tab) => change({ tab }, [], true)}
          onStep={cursor ? step : null}
          onPin={() => change(search.pin ? {} : { pin: true }, search.pin ? ["pin"] : [], true)}
          onPage={() =>
            void navigate({
              to: "/events/$seq",
              params: { seq: String(search.event) },
              search: { ...search },
            })
          }
          onClose={close}
          {...pivots}
        />
      )}
    </div>
  );
}

/** An event that the address opened is where the keys begin, as soon as its row is drawn. */
function cursorOf(rows: Rows, view: Window, seq: number | undefined): Cursor | null {
  if (seq === undefined) return null;
  for (let index = view.first; index <= view.last; index += 1) {
    if (rows.row(index)?.seq === seq) return { index, column: "kind" };
  }
  return null;
}

interface CountLineProps {
  total: number;
  query: string;
  known: boolean;
  current: boolean;
  took: number | undefined;
  selected: ReadonlyMap<number, EventRow>;
  clear(): void;
  fresh: boolean;
  refresh(): void;
  layout: Layout;
  setLayout(layout: Layout | null): void;
}

function CountLine({
  total,
  query,
  known,
  current,
  took,
  selected,
  clear,
  fresh,
  refresh,
  layout,
  setLayout,
}: CountLineProps) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const ndjson = () => [...selected.values()].map((row) => JSON.stringify(row)).join("\n");
  return (
    <div className="count-line">
      <p
        className="number"
        role="status"
        data-testid="events-total"
        data-value={current ? total : undefined}
        data-query={query}
      >
        {known
          ? total === 1
            ? t("events.count.text_one")
            : t("events.count.text", { n: number.format(total) })
          : " "}
      </p>
      {took === undefined ? null : (
        <p className="faint number">
          {t("events.count.took", { ms: number.format(Math.max(1, Math.round(took))) })}
        </p>
      )}
      {fresh ? (
        <Button size="small" className="fresh" onClick={refresh}>
          {t("events.count.fresh")}
        </Button>
      ) : null}
      <span className="grow" />
      {selected.size > 0 ? (
        <>
          <span className="quiet number">
            {t("events.count.selected", { n: number.format(selected.size) })}
          </span>
          <Button size="small" onClick={() => void copyText(ndjson())}>
            {t("events.count.copy")}
          </Button>
          <Button size="small" kind="plain" onClick={clear}>
            {t("events.count.clear")}
          </Button>
        </>
      ) : null}
      <Menu position="bottom-end" closeOnItemClick={false}>
        <Menu.Target>
          <IconButton label={t("events.column.choose")} size="small" data-columns>
            <Columns3 size={14} aria-hidden="true" />
          </IconButton>
        </Menu.Target>
        <Menu.Dropdown>
          {COLUMNS.map(({ id }) => (
            <Menu.CheckboxItem
              key={id}
              checked={layout.shown.includes(id)}
              onChange={() => setLayout({ ...layout, shown: toggled(layout.shown, id) })}
            >
              {t(`events.column.${id}`)}
            </Menu.CheckboxItem>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setLayout(null)}>{t("events.column.reset")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

/** One column more or less, never none. */
function toggled(shown: ColumnId[], id: ColumnId): ColumnId[] {
  const next = shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id];
  return next.length > 0 ? next : shown;
}

interface NothingProps {
  search: EventsSearch;
  change(next: Partial<EventsSearch>, drop?: (keyof EventsSearch)[]): void;
}

function Nothing({ search, change }: NothingProps) {
  const { t } = useTranslation();
  const limited = search.from !== undefined || search.to !== undefined || (search.last ?? "all") !== "all";
  const filtered = Boolean(search.q) || limited;
  return (
    <div className="empty">
      {filtered ? <SearchX size={28} aria-hidden="true" /> : <Inbox size={28} aria-hidden="true" />}
      <h2>{t(filtered ? "events.empty.filtered" : "events.empty.none")}</h2>
      <p className="quiet">{t(filtered ? "events.empty.filtered_text" : "events.empty.none_text")}</p>
      <div className="actions">
        {search.q ? <Button onClick={() => change({}, ["q"])}>{t("events.empty.clear_query")}</Button> : null}
        {limited ? (
          <Button onClick={() => change({ last: "all" }, ["from", "to"])}>
            {t("events.empty.all_time")}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
