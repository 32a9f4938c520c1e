/** The range of event time: presets that end now, or two moments in the zone that is shown. */
import { Popover } from "@mantine/core";
import { useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { CalendarClock } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayer } from "../palette/actions";
import { clockText, dateText, stamp, wallOf, zoneMark } from "../time/format";
import { fieldMoment, fieldText, PRESETS, type Preset, parseRange, type RangeSearch } from "../time/range";
import { Button } from "../ui/Button";
import { usePreferences } from "./preferences";

const WHOLE = [...PRESETS, "all"] as const;

/** A range in words, for the button and for the notice of a moved range. */
export function useRangeText(): (search: RangeSearch, fallback: Preset | "all") => string {
  const { t } = useTranslation();
  const { style } = usePreferences();
  const short = (at: string) => {
    const wall = wallOf(new Date(at), style.zone);
    return `${dateText(wall, style.lang)} ${clockText(wall).slice(0, 5)}`;
  };
  return ({ from, to, last }, fallback) => {
    if (from && to) {
      const mark = zoneMark(new Date(to), style);
      return t("shell.range.between", { from: short(from), to: `${short(to)} ${mark}` });
    }
    if (from) return t("shell.range.since", { from: stamp(new Date(from), style) });
    if (to) return t("shell.range.until", { to: stamp(new Date(to), style) });
    return t(`shell.range.${last ?? fallback}`);
  };
}

/** What a page covers while the address names no range. */
export function fallbackOf(path: string): Preset | "all" {
  return path.startsWith("/events") ? "all" : "7d";
}

export function RangePicker({ open, setOpen }: { open: boolean; setOpen(open: boolean): void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const path = useLocation({ select: (location) => location.pathname });
  const search = parseRange({ ...useSearch({ strict: false }) });
  const say = useRangeText();
  const fallback = fallbackOf(path);
  useLayer(open, () => setOpen(false));
  if (path.startsWith("/settings") || /^\/events\/\d/.test(path)) return null;

  const choose = (range: RangeSearch) => {
    setOpen(false);
    void navigate({
      to: path.startsWith("/events") ? "/events" : "/overview",
      search: (old: object) => {
        const { from: _from, to: _to, last: _last, ...rest } = old as RangeSearch;
        return { ...rest, ...range };
      },
    });
  };
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      width={340}
      trapFocus
      returnFocus
      closeOnEscape={false}
    >
      <Popover.Target>
        <Button
          size="small"
          aria-label={`${t("shell.bar.range")}: ${say(search, fallback)}`}
          onClick={() => setOpen(!open)}
        >
          <CalendarClock size={14} aria-hidden="true" />
          <span className="number">{say(search, fallback)}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("shell.bar.range")}>
        <div className="presets">
          {WHOLE.map((preset) => (
            <Button
              key={preset}
              size="small"
              kind="plain"
              aria-pressed={!search.from && !search.to && (search.last ?? fallback) === preset}
              onClick={() => choose({ last: preset })}
            >
              {t(`shell.range.${preset}`)}
            </Button>
          ))}
        </div>
        <Between search={search} choose={choose} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Between({ search, choose }: { search: RangeSearch; choose(range: RangeSearch): void }) {
  const { t } = useTranslation();
  const { style, zone } = usePreferences();
  const [from, setFrom] = useState(search.from ? fieldText(search.from, zone) : "");
  const [to, setTo] = useState(search.to ? fieldText(search.to, zone) : "");
  const [begin, end] = [fieldMoment(from, style), fieldMoment(to, style)];
  const backwards = begin !== null && end !== null && begin >= end;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if ((begin || end) && !backwards)
      choose({ ...(begin ? { from: begin } : {}), ...(end ? { to: end } : {}) });
  };
  return (
    <form className="between" onSubmit={submit}>
      <p className="quiet">{t("shell.range.custom")}</p>
      <label>
        <span>{t("shell.range.from", { zone })}</span>
        <input
          type="datetime-local"
          step={1}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label>
        <span>{t("shell.range.to", { zone })}</span>
        <input type="datetime-local" step={1} value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      {backwards ? (
        <p className="negative" role="alert">
          {t("shell.range.backwards")}
        </p>
      ) : null}
      <Button type="submit" kind="primary" disabled={backwards || (!begin && !end)}>
        {t("shell.range.apply")}
      </Button>
    </form>
  );
}
