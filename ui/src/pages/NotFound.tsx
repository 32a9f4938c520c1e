/** An address that leads nowhere. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="empty">
      <p>{t("shell.common.not_found")}</p>
      <Link to="/overview">{t("shell.common.to_overview")}</Link>
    </div>
  );
}
