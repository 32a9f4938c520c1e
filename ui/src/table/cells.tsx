/** What stands in a cell, what it is as text, and the term that filters by it. */
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { EventRow } from "../api/generated/EventRow";
import type { Who } from "../api/generated/Who";
import { SeverityMark } from "../components/severity";
import { stamp, type TimeStyle } from "../time/format";
import type { ColumnId } from "./columns";
import { quoted } from "./query";

/** The cell as text, for copying. */
export function cellText(row: EventRow, column: ColumnId, style: TimeStyle): string {
  switch (column) {
    case "time":
      return stamp(new Date(row.time), style);
    case "actor":
      return row.actor?.text ?? "";
    case "target":
      return row.target?.text ?? "";
    case "seq":
    case "count":
      return String(row[column]);
    default:
      return row[column] ?? "";
  }
}

/** The term that finds rows with the same cell; `null` where there is none. */
export function cellTerm(row: EventRow, column: ColumnId): string | null {
  const word = (field: string, value: string | null) => (value ? `${field}:${quoted(value)}` : null);
  switch (column) {
    case "severity":
    case "kind":
    case "service":
    case "status":
      return word(column, row[column]);
    case "source_ip":
      return word("source.ip", row.source_ip);
    case "actor":
      return row.actor?.query ?? null;
    case "target":
      return row.target?.query ?? null;
    default:
      return null;
  }
}

function who(person: Who | null, masked: string): ReactNode {
  if (!person) return null;
  return (
    <span data-masked={person.masked} title={person.masked ? masked : person.text}>
      {person.text}
    </span>
  );
}

export function cell(row: EventRow, column: ColumnId, style: TimeStyle, t: TFunction): ReactNode {
  switch (column) {
    case "time":
      return (
        <time dateTime={row.time} title={stamp(new Date(row.time), { ...style, zone: "UTC" })}>
          {stamp(new Date(row.time), style)}
        </time>
      );
    case "severity":
      return <SeverityMark severity={row.severity} />;
    case "kind":
      return <span title={row.kind}>{row.kind}</span>;
    case "actor":
      return who(row.actor, t("events.table.masked"));
    case "target":
      return who(row.target, t("events.table.masked"));
    case "source_ip":
      return row.source_ip ? (
        <>
          <span className="mono" title={row.source_ip}>
            {row.source_ip}
          </span>
          {row.country ? <span className="country">{row.country}</span> : null}
        </>
      ) : null;
    case "status":
      return row.status === "failure" || row.status === "success"
        ? t(`events.status.${row.status}`)
        : row.status;
    case "count":
      return row.count > 1 ? t("events.table.times", { n: row.count }) : null;
    case "seq":
      return row.seq;
    case "service":
    case "message":
      return <span title={row[column] ?? undefined}>{row[column]}</span>;
  }
}
