/** The copy on this computer, and where its key lies. */
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/generated/Status";
import { Card } from "../../ui/Card";
import type { SectionPage } from "./sections";

export function CopyPage({ status }: SectionPage) {
  return <Secrets status={status} />;
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
        {keyring.state === "memory_only" || keyring.state === "refusing" ? (
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
              : keyring.state === "refusing"
                ? "settings.keyring.refusing_text"
                : "settings.keyring.memory_text",
          )}
        </p>
      )}
    </Card>
  );
}
