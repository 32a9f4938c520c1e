/** Where am I, the palette, the time range with its zone, the theme. */
import { Link, useLocation, useSearch } from "@tanstack/react-router";
import { Keyboard, Moon, Search, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Status } from "../api/generated/Status";
import { IconButton } from "../ui/Button";
import { Keys } from "../ui/Keys";
import { usePreferences } from "./preferences";
import { RangePicker } from "./RangePicker";
import type { Overlay } from "./Shell";

interface TopBarProps {
  status: Status;
  overlay: Overlay;
  setOverlay(overlay: Overlay): void;
}

export function TopBar({ overlay, setOverlay }: TopBarProps) {
  const { t } = useTranslation();
  const { theme, save, settings, ownZone } = usePreferences();
  return (
    <header className="bar">
      <Crumbs />
      <button type="button" className="bar-search" onClick={() => setOverlay("palette")}>
        <Search size={14} aria-hidden="true" />
        <span>{t("shell.bar.search")}</span>
        <Keys keys="Mod+k" />
      </button>
      <div className="bar-tools">
        <RangePicker open={overlay === "range"} setOpen={(open) => setOverlay(open ? "range" : null)} />
        <button
          type="button"
          className="button bar-zone"
          data-kind="plain"
          data-size="small"
          aria-pressed={settings.utc}
          title={settings.utc ? t("shell.bar.zone_own", { zone: ownZone }) : t("shell.bar.zone_utc")}
          onClick={() => save({ utc: !settings.utc })}
        >
          {settings.utc ? "UTC" : ownZone}
        </button>
        <IconButton
          label={t(theme === "dark" ? "shell.bar.theme_light" : "shell.bar.theme_dark")}
          onClick={() => save({ theme: theme === "dark" ? "light" : "dark" })}
        >
          {theme === "dark" ? <Sun size={16} aria-hidden="true" /> : <Moon size={16} aria-hidden="true" />}
        </IconButton>
        <IconButton label={t("shell.bar.help")} onClick={() => setOverlay("help")}>
          <Keyboard size={16} aria-hidden="true" />
        </IconButton>
      </div>
    </header>
  );
}

const AREAS = ["events", "ledger", "settings"] as const;

function Crumbs() {
  const { t } = useTranslation();
  const path = useLocation({ select: (location) => location.pathname });
  const search = useSearch({ strict: false });
  const area = AREAS.find((name) => path.startsWith(`/${name}`)) ?? "overview";
  const seq = /^\/events\/(\d+)$/.exec(path)?.[1];
  return (
    <nav className="crumbs" aria-label={t("shell.bar.crumbs")}>
      {seq ? (
        <>
          <Link to="/events" search={search}>
            {t("shell.rail.events")}
          </Link>
          <span className="faint" aria-hidden="true">
            /
          </span>
          <h1>{t("events.detail.label", { seq })}</h1>
        </>
      ) : (
        <h1>{t(`shell.rail.${area}`)}</h1>
      )}
    </nav>
  );
}
