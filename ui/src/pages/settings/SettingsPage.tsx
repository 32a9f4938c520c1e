/** What a person sets for themselves, and how this computer keeps secrets and trusts. */
import { Checkbox, Select } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/generated/Status";
import { useSignOut, useStatus } from "../../api/status";
import { useNow } from "../../components/now";
import { ProblemNotice } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { stamp } from "../../time/format";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Segments } from "../../ui/Segments";
import { Fingerprint } from "../setup/ConnectPlatform";

export function SettingsPage() {
  const { data: status } = useStatus();
  return (
    <div className="page scroll">
      <div className="settings">
        <Appearance />
        <LanguageAndTime />
        {status ? (
          <>
            <Account status={status} />
            <Secrets status={status} />
            <Trust status={status} />
          </>
        ) : null}
      </div>
    </div>
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

function Account({ status }: { status: Status }) {
  const { t } = useTranslation();
  const signOut = useSignOut();
  const { profile } = status;
  const url = profile?.url ?? "";
  return (
    <Card title={t("settings.account.title")}>
      <dl className="pairs">
        <dt>{t("settings.account.email")}</dt>
        <dd>{profile?.email ?? t("settings.account.nobody")}</dd>
        <dt>{t("settings.account.platform")}</dt>
        <dd className="mono">{profile?.embedded ? t("settings.account.embedded", { url }) : url}</dd>
        <dt>{t("settings.account.permissions")}</dt>
        <dd className="mono">{profile?.permissions.join(", ") || t("shell.common.none")}</dd>
      </dl>
      <ProblemNotice failure={signOut.error} />
      {profile?.email ? (
        <div className="setting">
          <span className="quiet">{t("settings.account.stays")}</span>
          <Button disabled={signOut.isPending} onClick={() => signOut.mutate()}>
            {t(signOut.isPending ? "settings.account.signing_out" : "settings.account.sign_out")}
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Secrets({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { keyring } = status;
  const word = keyring.state === "memory_only" ? "memory" : keyring.state;
  return (
    <Card title={t("settings.keyring.title")}>
      <dl className="pairs">
        <dt>{t("settings.keyring.label")}</dt>
        <dd>{t(`settings.keyring.${word}`)}</dd>
        {keyring.state === "memory_only" ? (
          <>
            <dt>{t("settings.keyring.reason")}</dt>
            <dd className="mono">{keyring.reason}</dd>
          </>
        ) : null}
      </dl>
      {keyring.state === "unknown" ? null : (
        <p className="quiet note">
          {t(
            keyring.state === "available"
              ? "settings.keyring.available_text"
              : "settings.keyring.memory_text",
          )}
        </p>
      )}
    </Card>
  );
}

function Trust({ status }: { status: Status }) {
  const { t } = useTranslation();
  const checkpoint = status.integrity.state === "unchecked" ? null : status.integrity.checkpoint;
  return (
    <Card title={t("settings.trust.title")}>
      {checkpoint ? (
        <>
          <dl className="pairs">
            <dt>{t("settings.trust.origin")}</dt>
            <dd className="mono">{checkpoint.origin}</dd>
            <dt>{t("settings.trust.fingerprint")}</dt>
            <dd>
              <Fingerprint text={checkpoint.key_fingerprint} />
            </dd>
          </dl>
          <p className="quiet note">{t("settings.trust.text")}</p>
        </>
      ) : (
        <p className="quiet">{t("settings.trust.none")}</p>
      )}
    </Card>
  );
}
