/** The checkpoints that this computer saw, and that each continues the one before. */
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { LedgerView } from "../../api/generated/LedgerView";
import { usePreferences } from "../../components/preferences";
import { Stamp } from "../../components/Stamp";
import { Card } from "../../ui/Card";
import { Middle } from "../../ui/Middle";

export function SeenCard({ ledger }: { ledger: LedgerView }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const { seen } = ledger;
  return (
    <Card title={t("ledger.seen.title")}>
      <p className="quiet note">{t("ledger.seen.text")}</p>
      {seen.length === 0 ? (
        <p>{t("ledger.seen.empty")}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <div className="seen scroll" role="group" tabIndex={0} aria-label={t("ledger.seen.title")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("ledger.seen.at")}</th>
                <th scope="col" className="end">
                  {t("ledger.seen.size")}
                </th>
                <th scope="col" className="end">
                  {t("ledger.seen.grown")}
                </th>
                <th scope="col">{t("ledger.seen.root")}</th>
                <th scope="col">{t("ledger.seen.key")}</th>
                <th scope="col">{t("ledger.seen.continues")}</th>
              </tr>
            </thead>
            <tbody>
              {seen.map((one) => (
                <tr key={`${one.size} ${one.root}`} data-testid="seen-row" data-size={one.size}>
                  <td>
                    <Stamp at={one.at} />
                  </td>
                  <td className="number end">{number.format(one.size)}</td>
                  <td className="number end quiet">
                    {one.after === null ? "" : `+${number.format(one.size - one.after)}`}
                  </td>
                  <td>
                    <Middle text={one.root} keep={7} />
                  </td>
                  <td>
                    <Middle text={one.key_fingerprint} keep={4} />
                  </td>
                  <td>
                    {one.after === null ? (
                      <span className="quiet">{t("ledger.seen.first")}</span>
                    ) : (
                      <span
                        className="seen-proven"
                        title={t("ledger.seen.proven_from", { n: number.format(one.after) })}
                      >
                        <Check size={14} aria-hidden="true" />
                        {t("ledger.seen.proven")}
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {ledger.seen_total > seen.length ? (
        <p className="quiet">
          {t("ledger.seen.more", {
            shown: number.format(seen.length),
            total: number.format(ledger.seen_total),
          })}
        </p>
      ) : null}
    </Card>
  );
}
