/**
 * Moments as people read them: always with their zone. Pure: zone and language are parameters.
 * Portuguese writes `17/02/2026 10:30:00 BRT`, English `2026-02-17 10:30:00 -03:00`.
 */

export type Lang = "pt-BR" | "en";

export interface TimeStyle {
  lang: Lang;
  /** IANA name. */
  zone: string;
}

export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(lang: string, zone: string, name: "short" | "longOffset" | "none"): Intl.DateTimeFormat {
  const key = `${lang} ${zone} ${name}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(lang, {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      ...(name === "none" ? {} : { timeZoneName: name }),
    });
    formats.set(key, format);
  }
  return format;
}

function partOf(parts: Intl.DateTimeFormatPart[], type: Intl.DateTimeFormatPartTypes): string {
  return parts.find((part) => part.type === type)?.value ?? "";
}

/** What a clock on the wall shows in the zone. */
export function wallOf(moment: Date, zone: string): Wall {
  const parts = formatOf("en-US", zone, "none").formatToParts(moment);
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(partOf(parts, type));
  return {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
  };
}

/** The moment at which a clock on the wall of the zone shows this; the earlier one where it is shown twice. */
export function momentOf(wall: Wall, zone: string): Date {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  const shift = (at: number) => {
    const shown = wallOf(new Date(at), zone);
    return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second) - at;
  };
  // Two steps suffice: the offset a day before bounds the jump of any summer time.
  const early = asUtc - shift(asUtc - 86_400_000);
  if (early + shift(early) === asUtc) return new Date(early);
  const late = asUtc - shift(asUtc);
  return new Date(late);
}

const two = (value: number) => String(value).padStart(2, "0");

/** `-03:00`; UTC is `+00:00`. */
export function offsetOf(moment: Date, zone: string): string {
  const name = partOf(formatOf("en-US", zone, "longOffset").formatToParts(moment), "timeZoneName");
  return name === "GMT" ? "+00:00" : name.replace("GMT", "");
}

/** The zone as one writes it behind a time: `BRT`, `UTC`, `-03:00`. */
export function zoneMark(moment: Date, style: TimeStyle): string {
  if (style.zone === "UTC") return "UTC";
  if (style.lang === "en") return offsetOf(moment, style.zone);
  return partOf(formatOf("pt-BR", style.zone, "short").formatToParts(moment), "timeZoneName");
}

export function dateText(wall: Wall, lang: Lang): string {
  return lang === "pt-BR"
    ? `${two(wall.day)}/${two(wall.month)}/${wall.year}`
    : `${wall.year}-${two(wall.month)}-${two(wall.day)}`;
}

export function clockText(wall: Wall): string {
  return `${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
}

/** Date, time and zone. */
export function stamp(moment: Date, style: TimeStyle): string {
  const wall = wallOf(moment, style.zone);
  return `${dateText(wall, style.lang)} ${clockText(wall)} ${zoneMark(moment, style)}`;
}

/** The label under a bucket of this width, in seconds: as short as the width allows. */
export function tick(moment: Date, widthSeconds: number, style: TimeStyle): string {
  const wall = wallOf(moment, style.zone);
  const day =
    style.lang === "pt-BR" ? `${two(wall.day)}/${two(wall.month)}` : `${two(wall.month)}-${two(wall.day)}`;
  if (widthSeconds >= 86_400) return day;
  const clock = `${two(wall.hour)}:${two(wall.minute)}`;
  if (widthSeconds >= 3600 || (wall.hour === 0 && wall.minute === 0)) return `${day} ${clock}`;
  return widthSeconds >= 60 ? clock : clockText(wall);
}

export type AgeUnit = "second" | "minute" | "hour" | "day";

/** How long ago, in the largest whole unit (`time.ago.*` says it). Never negative, whatever the clocks say. */
export function age(moment: Date, now: Date): { unit: AgeUnit; n: number } {
  const seconds = Math.max(0, Math.floor((now.getTime() - moment.getTime()) / 1000));
  if (seconds >= 86_400) return { unit: "day", n: Math.floor(seconds / 86_400) };
  if (seconds >= 3600) return { unit: "hour", n: Math.floor(seconds / 3600) };
  if (seconds >= 60) return { unit: "minute", n: Math.floor(seconds / 60) };
  return { unit: "second", n: seconds };
}

/** A width in words short enough for a title: `30 min`, `1 h`, `1 d`. */
export function widthText(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
