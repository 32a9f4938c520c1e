/** Failed sign-ins by hour and weekday: a grid walked by arrow keys; each cell opens its hours. */
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Heat } from "../../api/generated/Heat";
import type { Range } from "../../api/generated/Range";
import { SaveChart } from "../../charts/SaveChart";
import { usePreferences } from "../../components/preferences";
import { hoursOfCell, toSearch } from "../../time/range";
import { Card } from "../../ui/Card";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const DAYS = [0, 1, 2, 3, 4, 5, 6];
/** A Monday; only its weekday matters. */
const MONDAY = Date.UTC(2026, 1, 16, 12);
const DAY_MS = 86_400_000;

/** The step of the ramp: empty is empty, and the rest is spread by the square root, so that a burst
 * does not hide the quiet hours. */
export function rampStep(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(1, Math.min(5, Math.ceil(5 * Math.sqrt(count / Math.max(1, most)))));
}

export function HeatMap({ heat, range }: { heat: Heat; range: Range }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { lang, zone, number } = usePreferences();
  const [at, setAt] = useState({ day: 0, hour: 0 });
  // Every cell has as many hours as the weeks of the range, give or take one.
  const tooLong = hoursOfCell(range, 0, 0, zone) === null;
  const most = Math.max(1, ...heat.cells.flat());
  const names = useMemo(() => {
    const short = new Intl.DateTimeFormat(lang, { weekday: "short", timeZone: "UTC" });
    const long = new Intl.DateTimeFormat(lang, { weekday: "long", timeZone: "UTC" });
    return DAYS.map((day) => {
      const date = new Date(MONDAY + day * DAY_MS);
      return { short: short.format(date).replace(".", ""), long: long.format(date) };
    });
  }, [lang]);

  const open = (day: number, hour: number) => {
    const hours = hoursOfCell(range, day, hour, zone);
    const [first] = hours ?? [];
    if (!hours || !first || !heat.cells[day]?.[hour]) return;
    if (hours.length === 1) {
      void navigate({ to: "/events", search: { ...toSearch(first), q: heat.query } });
      return;
    }
    const times = hours.map((one) => `time:[${one.from} TO ${one.to}}`).join(" OR ");
    void navigate({ to: "/events", search: { ...toSearch(range), q: `${heat.query} (${times})` } });
  };
  const key = (event: KeyboardEvent<HTMLTableElement>) => {
    const [down, right] =
      { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key] ?? [];
    if (down === undefined || right === undefined) return;
    event.preventDefault();
    const next = { day: (at.day + down + 7) % 7, hour: (at.hour + right + 24) % 24 };
    setAt(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-cell="${next.day}-${next.hour}"]`)?.focus();
  };
  return (
    <Card
      title={t("overview.heat.title")}
      className="heat-card"
      tools={
        <>
          <Scale most={most} />
          <SaveChart title={t("overview.heat.title")} source={{ chart: "heat", range }} />
        </>
      }
    >
      <table className="heat" role="grid" onKeyDown={key}>
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden-visually">{t("overview.heat.day")}</span>
            </th>
            {HOURS.map((hour) => (
              <th key={hour} scope="col" className="number">
                {hour % 3 === 0 ? (
                  String(hour).padStart(2, "0")
                ) : (
                  <span className="hidden-visually">{hour}</span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DAYS.map((day) => (
            <tr key={day}>
              <th scope="row">
                <abbr title={names[day]?.long}>{names[day]?.short}</abbr>
              </th>
              {HOURS.map((hour) => {
                const count = heat.cells[day]?.[hour] ?? 0;
                const label = t("overview.heat.cell", {
                  day: names[day]?.long,
                  hour: String(hour).padStart(2, "0"),
                  n: number.format(count),
                });
                return (
                  <td key={hour}>
                    <button
                      type="button"
                      data-cell={`${day}-${hour}`}
                      data-step={rampStep(count, most)}
                      tabIndex={at.day === day && at.hour === hour ? 0 : -1}
                      aria-label={label}
                      aria-disabled={tooLong || count === 0}
                      title={tooLong ? `${label}. ${t("overview.heat.many")}` : label}
                      onFocus={() => setAt({ day, hour })}
                      onClick={() => open(day, hour)}
                    />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Scale({ most }: { most: number }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  return (
    <p className="heat-scale faint number" title={t("overview.heat.unit")}>
      <span>0</span>
      {[0, 1, 2, 3, 4, 5].map((step) => (
        <i key={step} data-step={step} />
      ))}
      <span>{number.format(most)}</span>
    </p>
  );
}
