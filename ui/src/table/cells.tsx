/** What stands in a cell, what it is as text, and the term that filters by it. */
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { Cell } from "../api/generated/Cell";
import type { EventRow } from "../api/generated/EventRow";
import type { Who } from "../api/generated/Who";
import { SeverityMark } from "../components/severity";
import { stamp, type TimeStyle } from "../time/format";
import { isOwn, isTime, type OwnColumn } from "./columns";
import { quoted } from "./query";

/** A row with the names of the further cells that it carries. */
export interface Shown {
  row: EventRow;
  extra: readonly string[];
}

function further({ row, extra }: Shown, name: string): Cell | null {
  return row.cells[extra.indexOf(name)] ?? null;
}

/** The cell as text, for copying. */
export function cellText(shown: Shown, name: string, style: TimeStyle): string {
  if (!isOwn(name)) {
    const text = further(shown, name)?.text ?? "";
    return isTime(name) && text ? stamp(new Date(text), style) : text;
  }
  const { row } = shown;
  switch (name) {
    case "time":
      return stamp(new Date(row.time), style);
    case "actor":
      return row.actor?.text ?? "";
    case "target":
      return row.target?.text ?? "";
    case "source.ip":
      return row.source_ip ?? "";
    case "seq":
    case "count":
      return String(row[name]);
    default:
      return row[name] ?? "";
  }
}

/** The term that finds rows with the same cell; `null` where there is none. */
export function cellTerm(shown: Shown, name: string): string | null {
  if (!isOwn(name)) return further(shown, name)?.query ?? null;
  const { row } = shown;
  const word = (field: string, value: string | null) => (value ? `${field}:${quoted(value)}` : null);
  switch (name) {
    case "severity":
    case "kind":
    case "service":
    case "status":
      return word(name, row[name]);
    case "source.ip":
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

function moment(at: string, style: TimeStyle): ReactNode {
  return (
    <time dateTime={at} title={stamp(new Date(at), { ...style, zone: "UTC" })}>
      {stamp(new Date(at), style)}
    </time>
  );
}

export function cell(shown: Shown, name: string, style: TimeStyle, t: TFunction): ReactNode {
  if (isOwn(name)) return ownCell(shown.row, name, style, t);
  const found = further(shown, name);
  if (!found) return null;
  if (isTime(name)) return moment(found.text, style);
  return <span title={found.text}>{found.text}</span>;
}

function ownCell(row: EventRow, name: OwnColumn, style: TimeStyle, t: TFunction): ReactNode {
  switch (name) {
    case "time":
      return moment(row.time, style);
    case "severity":
      return <SeverityMark severity={row.severity} />;
    case "kind":
      return <span title={row.kind}>{row.kind}</span>;
    case "actor":
      return who(row.actor, t("events.table.masked"));
    case "target":
      return who(row.target, t("events.table.masked"));
    case "source.ip":
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
      return <span title={row[name] ?? undefined}>{row[name]}</span>;
  }
}

/** What a column is called: a word for those that every row has, a field's own name for the rest. */
export function columnLabel(name: string, t: TFunction): string {
  if (!isOwn(name)) return name;
  return name === "source.ip" ? t("events.column.source_ip") : t(`events.column.${name}`);
}
