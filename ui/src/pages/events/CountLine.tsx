/** How many events, how long it took, what is selected, and what can be done with the whole answer. */
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { EventRow } from "../../api/generated/EventRow";
import { usePreferences } from "../../components/preferences";
import type { Layout } from "../../table/columns";
import { Button, IconButton } from "../../ui/Button";
import { copyText } from "../../ui/Copy";
import { ColumnChooser } from "./ColumnChooser";

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
  onExport(): void;
}

export function CountLine(props: CountLineProps) {
  const { total, query, known, current, took, selected, clear, fresh, refresh } = props;
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
      <IconButton label={t("events.export.open")} size="small" data-testid="export" onClick={props.onExport}>
        <Download size={14} aria-hidden="true" />
      </IconButton>
      <ColumnChooser layout={props.layout} setLayout={props.setLayout} />
    </div>
  );
}
