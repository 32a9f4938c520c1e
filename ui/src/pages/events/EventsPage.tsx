/** The search: bar, histogram, table, details. Everything a colleague needs to see the same is in the address. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Rows, type Search, useHistogram, useRows } from "../../api/event";
import type { EventRow } from "../../api/generated/EventRow";
import type { SavedSearch } from "../../api/generated/SavedSearch";
import { useOlder, useStopOlder } from "../../api/older";
import { asProblem } from "../../api/problem";
import { useSaved } from "../../api/saved";
import { useStatus } from "../../api/status";
import { bySeverity } from "../../charts/series";
import { TimeCard } from "../../charts/TimeCard";
import { ProblemState } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { useActions, useLayer } from "../../palette/actions";
import type { EventsSearch } from "../../router";
import { extraOf } from "../../table/columns";
import { withTerm } from "../../table/query";
import { useLayout } from "../../table/useLayout";
import { type Window, windowOf } from "../../table/window";
import { widthText } from "../../time/format";
import { resolveRange, toSearch } from "../../time/range";
import { Button } from "../../ui/Button";
import { CountLine } from "./CountLine";
import { Drawer } from "./Drawer";
import { type Cursor, EventTable, useScroll } from "./EventTable";
import { ExportDialog } from "./ExportDialog";
import { Nothing } from "./Nothing";
import { isBusy, OlderEvents } from "./OlderEvents";
import { SaveDialog } from "./SaveDialog";
import { SavedMenu } from "./SavedMenu";
import { QueryProblem, SearchBar } from "./SearchBar";
import { addressOf, nameOf } from "./saved";
import { useTableActions } from "./useTableActions";

const ROW_PX = { compact: 28, comfortable: 36 } as const;
const HISTOGRAM_PX = 84;
const BUCKETS = 120;

/** What the address asks for, and its moments fixed until something new is asked for. */
function useAsked(search: EventsSearch, columns: readonly string[]) {
  const client = useQueryClient();
  const { data: status } = useStatus();
  const entries = status?.copy.entries ?? 0;
  const [seen, setSeen] = useState(entries);
  const [asked, setAsked] = useState(() => new Date());
  const { last, from, to, q = "", sort } = search;
  const fields = columns.join("\n");
  const wanted = useMemo<Search>(
    () => ({
      columns: fields === "" ? [] : fields.split("\n"),
      query: q,
      range: resolveRange(
        { ...(last ? { last } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) },
        "all",
        asked,
      ),
      sort: sort === "oldest" ? "oldest_first" : "newest_first",
    }),
    [q, last, from, to, sort, asked, fields],
  );
  const refresh = () => {
    setSeen(entries);
    setAsked(new Date());
    void client.invalidateQueries({ queryKey: ["search"] });
  };
  return { wanted, fresh: entries !== seen, refresh };
}

export function EventsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { zone, settings } = usePreferences();
  const search = useSearch({ from: "/events" });
  const { ready, layout, setLayout } = useLayout(search.saved);
  const extra = useMemo(() => extraOf(layout), [layout]);
  const { wanted, fresh, refresh } = useAsked(search, extra);
  const [dialog, setDialog] = useState<"export" | "save" | "saved" | null>(null);
  const [renamed, setRenamed] = useState<SavedSearch | null>(null);
  const [chosen, setCursor] = useState<Cursor | null>(null);
  const [selected, setSelected] = useState<ReadonlyMap<number, EventRow>>(new Map());
  const box = useRef<HTMLDivElement>(null);

  const row = ROW_PX[settings.density];
  const [present, setPresent] = useState(false);
  const scroll = useScroll(box, present);
  const [known, setKnown] = useState(0);
  const view = windowOf(scroll.top, scroll.seen, known, row);
  const rows = useRows(wanted, view.first, Math.max(view.first, view.last), ready);
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
  const openSaved = (saved: SavedSearch) => void navigate({ to: "/events", search: addressOf(saved) });
  const askName = (saved: SavedSearch | null) => {
    setRenamed(saved);
    setDialog("save");
  };
  useSearchActions({ setDialog, askName, openSaved });
  const { data: older } = useOlder();
  const { mutate: stop } = useStopOlder();
  // Whoever types on wants something else.
  const stopOlder = () => isBusy(older) && stop();
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
    setLayout,
    extra,
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
        <div className="search-row">
          <SearchBar query={wanted.query} onSearch={toQuery} onType={stopOlder} />
          <SavedMenu
            open={dialog === "saved"}
            setOpen={(open) => setDialog(open ? "saved" : null)}
            address={search}
            layout={layout}
            onOpen={openSaved}
            onRecent={toQuery}
            onName={askName}
          />
        </div>
        {data && !rows.error ? (
          <TimeCard
            className="events-histogram"
            title={t("events.histogram.title", { width: widthText(data.width_seconds) })}
            data={bySeverity(data, (severity) => t(`severity.name.${severity}`))}
            source={{ chart: "matching", query: wanted.query, range: data.range }}
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
          onExport={() => setDialog("export")}
        />
        {rows.error ? null : (
          <OlderEvents
            wanted={wanted}
            layout={layout}
            extra={extra}
            opened={search.event}
            alone={rows.current && total === 0}
            onOpen={open}
          />
        )}
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
            extra={extra}
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
      <ExportDialog
        open={dialog === "export"}
        onClose={() => setDialog(null)}
        wanted={wanted}
        total={total}
        layout={layout}
      />
      <SaveDialog
        open={dialog === "save"}
        search={renamed}
        address={search}
        layout={layout}
        onClose={() => setDialog(null)}
        onSaved={(kept) => renamed === null && change({ saved: kept.id }, [], true)}
      />
    </div>
  );
}

interface SearchActions {
  setDialog(dialog: "export" | "saved"): void;
  askName(saved: SavedSearch | null): void;
  openSaved(saved: SavedSearch): void;
}

/** Exporting, saving, and every saved search by its name: in the palette, and by key. */
function useSearchActions({ setDialog, askName, openSaved }: SearchActions) {
  const { t } = useTranslation();
  const { data } = useSaved();
  useActions([
    {
      id: "export",
      group: "do",
      label: t("palette.action.export"),
      keys: "e",
      run: () => setDialog("export"),
    },
    { id: "saved", group: "go", label: t("palette.action.saved"), keys: "v", run: () => setDialog("saved") },
    {
      id: "save-search",
      group: "do",
      label: t("palette.action.save_search"),
      keys: "V",
      run: () => askName(null),
    },
    ...(data?.searches ?? []).map((search) => ({
      id: `saved-${search.id}`,
      group: "go" as const,
      label: t("palette.action.open_saved", { name: nameOf(search, t) }),
      run: () => openSaved(search),
    })),
  ]);
}

/** An event that the address opened is where the keys begin, as soon as its row is drawn. */
function cursorOf(rows: Rows, view: Window, seq: number | undefined): Cursor | null {
  if (seq === undefined) return null;
  for (let index = view.first; index <= view.last; index += 1) {
    if (rows.row(index)?.seq === seq) return { index, column: "kind" };
  }
  return null;
}
