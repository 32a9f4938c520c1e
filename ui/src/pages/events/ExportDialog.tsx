/** Taking what the search finds out as a file: exactly this query, range and order, all of it. */
import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Search } from "../../api/event";
import { useExportEvents, useExportPlace } from "../../api/export";
import type { ExportFormat } from "../../api/generated/ExportFormat";
import { useStatus } from "../../api/status";
import { ProblemNotice } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { useRangeText } from "../../components/RangePicker";
import { columnLabel } from "../../table/cells";
import type { Layout } from "../../table/columns";
import { toSearch } from "../../time/range";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { Segments } from "../../ui/Segments";

interface ExportDialogProps {
  open: boolean;
  onClose(): void;
  wanted: Search;
  total: number;
  layout: Layout;
}

const FORMATS = ["csv", "ndjson", "json"] as const satisfies readonly ExportFormat[];

export function ExportDialog({ open, onClose, ...rest }: ExportDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onClose={onClose} title={t("events.export.title")} size={520}>
      <ExportForm onClose={onClose} {...rest} />
    </Dialog>
  );
}

function ExportForm({ onClose, wanted, total, layout }: Omit<ExportDialogProps, "open">) {
  const { t } = useTranslation();
  const { zone, number } = usePreferences();
  const range = useRangeText();
  const { data: status } = useStatus();
  const { data: place } = useExportPlace();
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [mark, setMark] = useState(false);
  const begin = useExportEvents();
  const may =
    status?.profile?.permissions.some((held) => ["*", "*:*", "events:*", "events:export"].includes(held)) ??
    false;
  const offline = status?.connection.state !== "online";
  const run = () =>
    begin.mutate(
      { ...wanted, format, columns: layout.map((column) => column.name), zone, mark },
      { onSuccess: onClose },
    );
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Segments
        label={t("events.export.format")}
        value={format}
        options={FORMATS.map((value) => ({ value, label: t(`events.export.${value}`) }))}
        onChange={(value) => setFormat(value)}
      />
      <p className="quiet">{t(`events.export.${format}_text`)}</p>
      {format === "csv" ? (
        <Checkbox
          label={t("events.export.mark")}
          checked={mark}
          onChange={(event) => setMark(event.target.checked)}
        />
      ) : null}
      <dl className="pairs">
        <dt>{t("events.export.events")}</dt>
        <dd className="number">
          {number.format(total)},{" "}
          {t(wanted.sort === "newest_first" ? "events.sort.newest" : "events.sort.oldest")}
        </dd>
        <dt>{t("events.export.query")}</dt>
        <dd className="mono">{wanted.query || t("events.export.everything")}</dd>
        <dt>{t("events.export.range")}</dt>
        <dd>{range(toSearch(wanted.range), "all")}</dd>
        {format === "csv" ? (
          <>
            <dt>{t("events.column.choose")}</dt>
            <dd>{layout.map((column) => columnLabel(column.name, t)).join(", ")}</dd>
          </>
        ) : null}
        <dt>{t("events.export.folder")}</dt>
        <dd className="mono">{place?.folder}</dd>
      </dl>
      <p className="quiet">{t(offline ? "events.export.audit_later" : "events.export.audit")}</p>
      {may ? null : <Notice tone="warning">{t("events.export.denied")}</Notice>}
      <ProblemNotice failure={begin.error} />
      <div className="actions dialog-actions">
        <Button onClick={onClose}>{t("events.export.cancel")}</Button>
        <Button
          kind="primary"
          type="submit"
          data-testid="export-begin"
          disabled={!may || begin.isPending}
          title={may ? undefined : t("events.export.denied")}
        >
          {t("events.export.begin")}
        </Button>
      </div>
    </form>
  );
}
