import { describe, expect, test } from "vitest";
import { age, momentOf, stamp, tick, wallOf, widthText, zoneMark } from "./format";
import { bucketRange, fieldMoment, fieldText, hoursOfCell, parseRange, resolveRange } from "./range";

const noon = new Date("2026-02-17T13:30:00Z");
const brasil = { lang: "pt-BR", zone: "America/Sao_Paulo" } as const;
const english = { lang: "en", zone: "America/Sao_Paulo" } as const;

describe("a stamp", () => {
  test("is written the Brazilian way with the zone's short name", () => {
    expect(stamp(noon, brasil)).toBe("17/02/2026 10:30:00 BRT");
  });
  test("is written the ISO way with the offset in English", () => {
    expect(stamp(noon, english)).toBe("2026-02-17 10:30:00 -03:00");
  });
  test("in UTC says UTC in both languages", () => {
    expect(stamp(noon, { lang: "pt-BR", zone: "UTC" })).toBe("17/02/2026 13:30:00 UTC");
    expect(stamp(noon, { lang: "en", zone: "UTC" })).toBe("2026-02-17 13:30:00 UTC");
  });
  test("follows summer time", () => {
    expect(zoneMark(new Date("2026-07-01T12:00:00Z"), { lang: "en", zone: "Europe/Berlin" })).toBe("+02:00");
    expect(zoneMark(noon, { lang: "en", zone: "Europe/Berlin" })).toBe("+01:00");
  });
});

describe("age", () => {
  const later = (seconds: number) => new Date(noon.getTime() + seconds * 1000);
  test("is counted in the largest whole unit", () => {
    expect(age(noon, later(12))).toEqual({ unit: "second", n: 12 });
    expect(age(noon, later(3 * 60))).toEqual({ unit: "minute", n: 3 });
    expect(age(noon, later(7300))).toEqual({ unit: "hour", n: 2 });
  });
  test("is never negative, whatever the clocks say", () => {
    expect(age(later(30), noon)).toEqual({ unit: "second", n: 0 });
  });
});

describe("a wall clock", () => {
  test("leads to the moment and back", () => {
    for (const zone of ["America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata", "UTC"]) {
      expect(momentOf(wallOf(noon, zone), zone).toISOString()).toBe(noon.toISOString());
    }
  });
  test("shown twice means the first time", () => {
    const wall = { year: 2026, month: 10, day: 25, hour: 2, minute: 30, second: 0 };
    expect(momentOf(wall, "Europe/Berlin").toISOString()).toBe("2026-10-25T00:30:00.000Z");
  });
});

describe("the address", () => {
  test("keeps presets and moments and drops everything malformed", () => {
    expect(parseRange({ last: "24h" })).toEqual({ last: "24h" });
    expect(parseRange({ last: "9x" })).toEqual({});
    expect(parseRange({ from: "2026-02-17T10:00:00Z", to: "no date" })).toEqual({
      from: "2026-02-17T10:00:00.000Z",
    });
  });
  test("resolves a preset back from now", () => {
    expect(resolveRange({ last: "1h" }, "all", noon)).toEqual({ from: "2026-02-17T12:30:00.000Z", to: null });
    expect(resolveRange({}, "all", noon)).toEqual({ from: null, to: null });
  });
});

test("brushing buckets covers the last one whole, whichever way it was drawn", () => {
  const starts = ["2026-02-17T10:00:00Z", "2026-02-17T10:01:00Z", "2026-02-17T10:02:00Z"];
  const range = { from: "2026-02-17T10:00:00Z", to: "2026-02-17T10:02:00.000Z" };
  expect(bucketRange(starts, 60, 0, 1)).toEqual(range);
  expect(bucketRange(starts, 60, 1, 0)).toEqual(range);
});

test("a date field is read in the zone that is shown", () => {
  expect(fieldText(noon.toISOString(), "America/Sao_Paulo")).toBe("2026-02-17T10:30:00");
  expect(fieldMoment("2026-02-17T10:30", brasil)).toBe("2026-02-17T13:30:00.000Z");
  expect(fieldMoment("", brasil)).toBeNull();
});

test("ticks are as short as the width allows", () => {
  expect(tick(noon, 60, brasil)).toBe("10:30");
  expect(tick(noon, 86_400, brasil)).toBe("17/02");
  expect(tick(noon, 3600, english)).toBe("02-17 10:30");
  expect(widthText(1800)).toBe("30 min");
});

describe("a cell of the heat map", () => {
  const week = { from: "2026-02-16T03:00:00Z", to: "2026-02-23T03:00:00Z" };
  test("is one hour of a week", () => {
    expect(hoursOfCell(week, 1, 10, "America/Sao_Paulo")).toEqual([
      { from: "2026-02-17T13:00:00.000Z", to: "2026-02-17T14:00:00.000Z" },
    ]);
  });
  test("is cut at the ends of the range", () => {
    const part = { from: "2026-02-17T13:15:00Z", to: "2026-02-17T13:45:00Z" };
    expect(hoursOfCell(part, 1, 10, "America/Sao_Paulo")).toEqual([
      { from: "2026-02-17T13:15:00.000Z", to: "2026-02-17T13:45:00.000Z" },
    ]);
  });
  test("is several hours of a month, and not to be asked for over many years", () => {
    const month = { from: "2026-02-01T03:00:00Z", to: "2026-03-01T03:00:00Z" };
    expect(hoursOfCell(month, 0, 3, "America/Sao_Paulo")).toHaveLength(4);
    expect(hoursOfCell({ ...month, from: "2020-01-01T00:00:00Z" }, 0, 3, "UTC")).toBeNull();
  });
});
