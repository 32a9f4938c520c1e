/** What the console does outside of its window: the tray, and what it says by notification. */
import { Checkbox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useDesktop } from "../../api/desktop";
import { usePreferences } from "../../components/preferences";
import { Card } from "../../ui/Card";

const NOTICES = ["notify_connection", "notify_integrity", "notify_session"] as const;

export function DesktopPage() {
  const { t } = useTranslation();
  const { settings, save } = usePreferences();
  const { data: here } = useDesktop();
  const { desktop } = settings;
  const tray = here?.tray ?? false;
  return (
    <>
      <Card title={t("settings.desktop.tray_title")}>
        <Checkbox
          data-testid="desktop-tray"
          label={t("settings.desktop.tray")}
          description={t("settings.desktop.tray_text")}
          checked={desktop.tray}
          onChange={(event) => save({ desktop: { ...desktop, tray: event.target.checked } })}
        />
        <p className="quiet note" data-testid="desktop-tray-state" data-tray={tray}>
          {t(tray ? "settings.desktop.tray_here" : "settings.desktop.tray_none")}
        </p>
      </Card>
      <Card title={t("settings.desktop.notify_title")}>
        <p className="quiet note">{t("settings.desktop.notify_text")}</p>
        {NOTICES.map((name) => (
          <Checkbox
            key={name}
            data-testid={`desktop-${name}`}
            label={t(`settings.desktop.${name}`)}
            checked={desktop[name]}
            onChange={(event) => save({ desktop: { ...desktop, [name]: event.target.checked } })}
          />
        ))}
      </Card>
    </>
  );
}
