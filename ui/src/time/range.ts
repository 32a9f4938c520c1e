/**
 * The range of event time as the address writes it: a preset that ends now (`last=24h`), or two
 * moments (`from`, `to`). Pure; "now" is a parameter.
 */
import type { Range } from "../api/generated/Range";
import { momentOf, type TimeStyle, type Wall, wallOf } from "./format";

export const PRESETS = ["1h", "6h", "24h", "7d", "30d", "90d"] as const;
export type Preset = (typeof PRESETS)[number];

/** What the address says about the range; nothing means the page's own default. */
export interface RangeSearch {
  last?: Preset | "all";
  from?: string;
  to?: string;
}

const HOUR_MS = 3_600_000;
const LENGTH_MS: Record<Preset, number> = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 168 * HOUR_MS,
  "30d": 720 * HOUR_MS,
  "90d": 2160 * HOUR_MS,
};

export function isPreset(word: unknown): word is Preset {
  return PRESETS.some((preset) => preset === word);
}

function moment(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** The range part of an address, with everything else and everything malformed left out. */
export function parseRange(search: Record<string, unknown>): RangeSearch {
  const from = moment(search["from"]);
  const to = moment(search["to"]);
  if (from || to) return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
  if (search["last"] === "all" || isPreset(search["last"])) return { last: search["last"] };
  return {};
}

/** The moments that a request carries. */
export function resolveRange(search: RangeSearch, fallback: Preset | "all", now: Date): Range {
  if (search.from || search.to) return { from: search.from ?? null, to: search.to ?? null };
  const last = search.last ?? fallback;
  if (last === "all") return { from: null, to: null };
  return { from: new Date(now.getTime() - LENGTH_MS[last]).toISOString(), to: null };
}

/** A range as the address carries it. */
export function toSearch(range: Range): RangeSearch {
  return { ...(range.from ? { from: range.from } : {}), ...(range.to ? { to: range.to } : {}) };
}

/** The range of buckets `first` to `last`, both included. */
export function bucketRange(
  starts: readonly string[],
  widthSeconds: number,
  first: number,
  last: number,
): Range {
  const low = starts[Math.max(0, Math.min(first, last))];
  const high = starts[Math.min(starts.length - 1, Math.max(first, last))];
  const end = high ? new Date(new Date(high).getTime() + widthSeconds * 1000).toISOString() : null;
  return { from: low ?? null, to: end };
}

/** `2026-02-17T10:30:00`: what a field for date and time holds. */
export function fieldText(at: string, zone: string): string {
  const wall = wallOf(new Date(at), zone);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${wall.year}-${two(wall.month)}-${two(wall.day)}T${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
}

/** Reads such a field in the zone; `null` where it is empty or no date. */
export function fieldMoment(text: string, style: TimeStyle): string | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
  const wall: Wall = {
    year: year ?? 0,
    month: month ?? 1,
    day: day ?? 1,
    hour: hour ?? 0,
    minute: minute ?? 0,
    second: second ?? 0,
  };
  return momentOf(wall, style.zone).toISOString();
}

/** More intervals than this do not go into one query. */
const MAX_INTERVALS = 60;

/**
 * Every hour of the range that a cell of the heat map counts (weekday 0 is Monday), in order;
 * `null` where they are too many to ask for at once.
 */
export function hoursOfCell(range: Range, weekday: number, hour: number, zone: string): Range[] | null {
  if (!range.from || !range.to) return null;
  const [begin, end] = [new Date(range.from), new Date(range.to)];
  const hours: Range[] = [];
  const first = wallOf(begin, zone);
  let day = Date.UTC(first.year, first.month - 1, first.day);
  for (;;) {
    const date = new Date(day);
    const wall: Wall = {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour,
      minute: 0,
      second: 0,
    };
    const from = momentOf(wall, zone);
    if (from >= end) return hours;
    const to = new Date(from.getTime() + HOUR_MS);
    if ((date.getUTCDay() + 6) % 7 === weekday && to > begin) {
      hours.push({
        from: (from < begin ? begin : from).toISOString(),
        to: (to > end ? end : to).toISOString(),
      });
      if (hours.length > MAX_INTERVALS) return null;
    }
    day += 24 * HOUR_MS;
  }
}
