/** The copy on this computer: what it covers, how much of the log it keeps, where its key lies. */
import { NumberInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Keep } from "../../api/generated/Keep";
import type { Status } from "../../api/generated/Status";
import { useProfileKeep, useProfiles } from "../../api/profile";
import { KeyringNotice } from "../../components/KeyringNotice";
import { ProblemNotice } from "../../components/Problem";
import { usePreferences } from "../../components/preferences";
import { Stamp } from "../../components/Stamp";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Segments } from "../../ui/Segments";
import { bytesText } from "../overview/bytes";
import type { SectionPage } from "./sections";

/** Decimal, as disks are sold. */
const GB = 1000 ** 3;
const DAYS = ["7", "30", "90", "365", "all"] as const;

export function CopyPage({ status }: SectionPage) {
  return (
    <>
      <Coverage status={status} />
      <KeepForm id={status.profile?.id ?? ""} />
      <Secrets status={status} />
    </>
  );
}

function Coverage({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { number, lang } = usePreferences();
  const { copy } = status;
  return (
    <Card title={t("settings.copy.title")}>
      <dl className="pairs" data-testid="copy-coverage" data-first={copy.first}>
        <dt>{t("settings.copy.covers")}</dt>
        <dd>
          {copy.covers_from ? (
            <>
              {t("settings.copy.since")} <Stamp at={copy.covers_from} />
            </>
          ) : (
            t("settings.copy.whole")
          )}
        </dd>
        <dt>{t("settings.copy.entries")}</dt>
        <dd className="number">
          {t("settings.copy.of", {
            held: number.format(copy.entries - copy.first),
            all: number.format(copy.platform_size),
          })}
        </dd>
        <dt>{t("settings.copy.disk")}</dt>
        <dd className="number">{bytesText(copy.disk_bytes, lang)}</dd>
        <dt>{t("settings.copy.level")}</dt>
        <dd>{copy.synced_at ? <Stamp at={copy.synced_at} /> : t("settings.copy.never")}</dd>
      </dl>
      <p className="quiet note">{t("settings.copy.text")}</p>
    </Card>
  );
}

function KeepForm({ id }: { id: string }) {
  const { data: rows } = useProfiles();
  const row = rows?.find((one) => one.id === id);
  return row ? <KeepFields key={JSON.stringify(row.keep)} id={id} keep={row.keep} /> : null;
}

function KeepFields({ id, keep }: { id: string; keep: Keep }) {
  const { t } = useTranslation();
  const save = useProfileKeep();
  const [days, setDays] = useState<(typeof DAYS)[number]>(
    DAYS.find((word) => word === String(keep.days)) ?? (keep.days === null ? "all" : "90"),
  );
  const [gb, setGb] = useState<number | "">(keep.disk_bytes === null ? "" : keep.disk_bytes / GB);
  const wanted: Keep = {
    days: days === "all" ? null : Number(days),
    disk_bytes: gb === "" ? null : Math.round(gb * GB),
  };
  const changed = wanted.days !== keep.days || wanted.disk_bytes !== keep.disk_bytes;
  return (
    <Card title={t("settings.keep.title")}>
      <div className="setting">
        <span>{t("settings.keep.days")}</span>
        <Segments<(typeof DAYS)[number]>
          label={t("settings.keep.days")}
          value={days}
          options={DAYS.map((value) => ({ value, label: t(`settings.keep.days_${value}`) }))}
          onChange={setDays}
        />
      </div>
      <div className="setting">
        <span>{t("settings.keep.disk")}</span>
        <NumberInput
          aria-label={t("settings.keep.disk")}
          data-testid="keep-disk"
          placeholder={t("settings.keep.no_limit")}
          suffix=" GB"
          min={0.1}
          max={4096}
          step={0.5}
          decimalScale={2}
          w={180}
          value={gb}
          onChange={(value) => setGb(typeof value === "number" ? value : "")}
        />
      </div>
      <p className="quiet note">{t("settings.keep.text")}</p>
      <ProblemNotice failure={save.error} />
      <div className="sheet-buttons">
        <Button
          data-testid="keep-save"
          kind="primary"
          disabled={!changed || save.isPending}
          onClick={() => save.mutate({ id, keep: wanted })}
        >
          {t("settings.platforms.save")}
        </Button>
      </div>
    </Card>
  );
}

function Secrets({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { keyring } = status;
  const word = keyring.state === "memory_only" ? "memory" : keyring.state;
  const text = (
    {
      available: "settings.keyring.available_text",
      refusing: "settings.keyring.refusing_text",
      memory_only: "settings.keyring.memory_text",
      unknown: null,
    } as const
  )[keyring.state];
  return (
    <Card title={t("settings.keyring.title")}>
      <KeyringNotice keyring={keyring} />
      <dl className="pairs">
        <dt>{t("settings.keyring.label")}</dt>
        <dd>{t(`settings.keyring.${word}`)}</dd>
        {keyring.state === "memory_only" || keyring.state === "refusing" ? (
          <>
            <dt>{t("settings.keyring.reason")}</dt>
            <dd className="mono">{keyring.reason}</dd>
          </>
        ) : null}
      </dl>
      {text ? <p className="quiet note">{t(text)}</p> : null}
    </Card>
  );
}
