/** What happened to the trust of this computer, the newest first. */
import { Check, KeyRound, type LucideIcon, RefreshCw, ShieldCheck, ShieldX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Happened } from "../../api/generated/Happened";
import type { LedgerView } from "../../api/generated/LedgerView";
import { findingOf } from "../../components/finding";
import { usePreferences } from "../../components/preferences";
import { Stamp } from "../../components/Stamp";
import { Card } from "../../ui/Card";
import { CopyButton } from "../../ui/Copy";
import { Middle } from "../../ui/Middle";
import { tookText } from "./took";

const ICONS: Record<Happened["what"], LucideIcon> = {
  key_accepted: KeyRound,
  key_rotated: RefreshCw,
  found: ShieldX,
  lifted: ShieldCheck,
  checked: Check,
};

export function HistoryCard({ ledger }: { ledger: LedgerView }) {
  const { t } = useTranslation();
  const { history } = ledger;
  return (
    <Card title={t("ledger.history.title")}>
      {history.length === 0 ? <p className="quiet">{t("ledger.history.empty")}</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ol className="trust-history scroll" tabIndex={0} aria-label={t("ledger.history.title")}>
        {history.map((one, index) => {
          const Icon = ICONS[one.what];
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: two checks may share a moment, and lines never move
            <li key={`${one.at} ${index}`} data-testid="trust-event" data-what={one.what}>
              <Icon size={16} aria-hidden="true" />
              <div>
                <p>{t(`ledger.history.${one.what}`)}</p>
                <Details one={one} />
                <p className="faint">
                  <Stamp at={one.at} />
                </p>
              </div>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

function Details({ one }: { one: Happened }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  switch (one.what) {
    case "key_accepted":
      return (
        <p className="quiet">
          <Middle text={one.fingerprint} keep={8} /> · {t(`ledger.key.how_${one.how ?? "unknown"}`)}
        </p>
      );
    case "key_rotated":
      return (
        <p className="quiet">
          <Middle text={one.from} keep={8} /> → <Middle text={one.to} keep={8} />{" "}
          {t("ledger.history.rotated_of", { n: number.format(one.size) })}
        </p>
      );
    case "found":
      return (
        <>
          <p className="quiet">
            {t(`shell.broken.${findingOf(one.finding)}`)}{" "}
            {one.seq === null ? null : `(${t("ledger.history.entry", { seq: number.format(one.seq) })})`}
          </p>
          <p className="with-tool">
            <span className="mono evidence">{one.evidence}</span>
            <CopyButton text={one.evidence} label={t("ledger.proof.copy_path")} />
          </p>
        </>
      );
    case "checked":
      return (
        <p className="quiet number">
          {t("ledger.history.checked_of", {
            entries: number.format(one.entries),
            groups: number.format(one.groups),
            took: tookText(one.took, number),
          })}
        </p>
      );
    case "lifted":
      return null;
  }
}
