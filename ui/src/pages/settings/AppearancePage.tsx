/** Appearance, language and time: what a person sets for their own eyes. */
import { Checkbox, Select } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../../components/now";
import { usePreferences } from "../../components/preferences";
import { stamp } from "../../time/format";
import { Card } from "../../ui/Card";
import { Segments } from "../../ui/Segments";

export function AppearancePage() {
  return (
    <>
      <Appearance />
      <LanguageAndTime />
    </>
  );
}

function Appearance() {
  const { t } = useTranslation();
  const { settings, save } = usePreferences();
  return (
    <Card title={t("settings.appearance.title")}>
      <div className="setting">
        <span>{t("settings.appearance.theme")}</span>
        <Segments
          label={t("settings.appearance.theme")}
          value={settings.theme}
          options={(["dark", "light", "system"] as const).map((value) => ({
            value,
            label: t(`settings.appearance.${value}`),
          }))}
          onChange={(theme) => save({ theme })}
        />
      </div>
      <div className="setting">
        <span>{t("settings.appearance.density")}</span>
        <Segments
          label={t("settings.appearance.density")}
          value={settings.density}
          options={(["compact", "comfortable"] as const).map((value) => ({
            value,
            label: t(`settings.appearance.${value}`),
          }))}
          onChange={(density) => save({ density })}
        />
      </div>
    </Card>
  );
}

function LanguageAndTime() {
  const { t } = useTranslation();
  const { settings, save, style } = usePreferences();
  const now = useNow();
  const zones = useMemo(() => {
    const local = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    return [
      { value: "local", label: t("settings.language.local", { zone: local }) },
      ...Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone, label: zone })),
    ];
  }, [t]);
  return (
    <Card title={t("settings.language.title")}>
      <div className="setting">
        <span>{t("settings.language.language")}</span>
        <Segments
          label={t("settings.language.language")}
          value={settings.language}
          options={[
            { value: "pt-BR", label: t("settings.language.pt") },
            { value: "en", label: t("settings.language.en") },
            { value: "system", label: t("settings.language.system") },
          ]}
          onChange={(language) => save({ language })}
        />
      </div>
      <div className="setting">
        <span>{t("settings.language.zone")}</span>
        <Select
          aria-label={t("settings.language.zone")}
          data={zones}
          value={settings.zone}
          searchable
          allowDeselect={false}
          limit={60}
          w={300}
          nothingFoundMessage={t("settings.language.zone_none")}
          onChange={(zone) => zone && save({ zone })}
        />
      </div>
      <div className="setting">
        <Checkbox
          label={t("settings.language.utc")}
          checked={settings.utc}
          onChange={(event) => save({ utc: event.target.checked })}
        />
        <span className="quiet number">{t("settings.language.example", { time: stamp(now, style) })}</span>
      </div>
    </Card>
  );
}
