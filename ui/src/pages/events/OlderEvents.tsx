/**
 * The range reaches before what the copy covers: says so, and lets the platform look. What it finds
 * streams in as its word; each entry is then proven by this computer, and only that turns its symbol.
 */
import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Search } from "../../api/event";
import type { OlderView } from "../../api/generated/OlderView";
import { useOlder, useSearchOlder, useStopOlder } from "../../api/older";
import { useStatus } from "../../api/status";
import { ProblemNotice, useProblemText } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { ProofIcon } from "../../components/proof";
import { cell } from "../../table/cells";
import { isNumber, type Layout, template } from "../../table/columns";
import { stamp } from "../../time/format";
import { Button, IconButton } from "../../ui/Button";
import { Notice } from "../../ui/Notice";

interface OlderEventsProps {
  wanted: Search;
  layout: Layout;
  extra: readonly string[];
  opened: number | undefined;
  /** Whether the copy itself has nothing to list. */
  alone: boolean;
  onOpen(seq: number): void;
}

const BUSY = ["running", "checking"];

/** Whether the platform is still looking or this computer still checking. */
export function isBusy(view: OlderView | undefined): boolean {
  return view !== undefined && BUSY.includes(view.state.state);
}

export function OlderEvents({ wanted, layout, extra, opened, alone, onOpen }: OlderEventsProps) {
  const { t } = useTranslation();
  const { style } = usePreferences();
  const { data: status } = useStatus();
  const { data: view } = useOlder();
  const search = useSearchOlder();
  const stop = useStopOlder();
  const [closed, setClosed] = useState<string | null>(null);
  const begins = status?.copy.covers_from ?? null;
  const { from, to } = wanted.range;
  if (begins === null || (from !== null && Date.parse(from) >= Date.parse(begins))) return null;

  const key = JSON.stringify([wanted.query, from, to]);
  const asked = view?.request;
  const mine =
    view !== undefined && asked && JSON.stringify([asked.query, asked.range.from, asked.range.to]) === key;
  const online = status?.connection.state === "online";
  const begin = (more: boolean) => {
    setClosed(null);
    search.mutate({ query: wanted.query, range: wanted.range, columns: [...extra], more });
  };
  if (!mine || closed === key) {
    return (
      <>
        <Notice
          testId="older"
          actions={
            <Button
              size="small"
              data-testid="older-search"
              disabled={!online || search.isPending}
              title={online ? undefined : t("events.older.offline")}
              onClick={() => begin(false)}
            >
              {t("events.older.search")}
            </Button>
          }
        >
          {t("events.older.begins", { time: stamp(new Date(begins), style) })}{" "}
          {online ? null : t("events.older.offline")}
        </Notice>
        <ProblemNotice failure={search.error} />
      </>
    );
  }
  return (
    <section
      className="older"
      data-testid="older-found"
      data-state={view.state.state}
      data-alone={alone && view.rows.length > 0}
      aria-label={t("events.older.title")}
    >
      <header>
        <OlderState view={view} />
        {isBusy(view) ? (
          <Button size="small" onClick={() => stop.mutate()}>
            {t("events.older.stop")}
          </Button>
        ) : null}
        {view.more && !isBusy(view) ? (
          <Button size="small" onClick={() => begin(true)}>
            {t("events.older.more")}
          </Button>
        ) : null}
        <IconButton
          size="small"
          label={t("events.older.close")}
          onClick={() => {
            stop.mutate();
            setClosed(key);
          }}
        >
          <X size={14} aria-hidden="true" />
        </IconButton>
      </header>
      {view.rows.length > 0 ? (
        <OlderRows view={view} layout={layout} extra={extra} opened={opened} onOpen={onOpen} />
      ) : null}
    </section>
  );
}

function OlderState({ view }: { view: OlderView }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const say = useProblemText();
  const { state } = view;
  const checked = view.rows.filter((row) => row.verified).length;
  const gaps = {
    n: number.format(view.rows.length),
    checked: number.format(checked),
    scanned: number.format(view.scanned),
  };
  if (state.state === "failed") {
    return (
      <p className="negative" role="alert">
        {t("events.older.broke", gaps)} {say(state.problem)}
      </p>
    );
  }
  const word = state.state === "done" && view.rows.length === 0 ? "none" : state.state;
  return (
    <p role="status" className="number" data-testid="older-state">
      <strong>{t("events.older.title")}</strong>
      {" · "}
      {t(`events.older.${word === "idle" ? "stopped" : word}`, gaps)}
      {isBusy(view) ? <progress aria-label={t("events.older.title")} /> : null}
    </p>
  );
}

function OlderRows({
  view,
  layout,
  extra,
  opened,
  onOpen,
}: Omit<OlderEventsProps, "wanted" | "alone"> & { view: OlderView }) {
  const { t } = useTranslation();
  const { style } = usePreferences();
  const columns = template(layout);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="older-rows scroll" role="group" tabIndex={0} aria-label={t("events.older.title")}>
      <ul>
        {view.rows.map(({ row, verified }) => {
          const state = verified ? "verified" : "unchecked";
          const word = t(verified ? "events.older.proven" : "events.older.reported");
          return (
            <li key={row.seq}>
              <button
                type="button"
                className="grid-row"
                style={{ gridTemplateColumns: columns }}
                data-testid="older-row"
                data-seq={row.seq}
                data-verified={verified}
                data-open={opened === row.seq}
                onClick={() => onOpen(row.seq)}
              >
                <span className="older-proof" title={word}>
                  <ProofIcon state={state} size={14} />
                  <span className="hidden-visually">{word}</span>
                </span>
                {layout.map(({ name }) => (
                  <span key={name} className="ellipsis" data-column={name} data-right={isNumber(name)}>
                    {cell({ row, extra }, name, style, t)}
                  </span>
                ))}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
