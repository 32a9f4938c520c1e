/** The areas that work, and at the foot how the console stands: connection, freshness, proof. */
import { Link } from "@tanstack/react-router";
import { LayoutDashboard, List, ScrollText, Settings as SettingsIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Status } from "../api/generated/Status";
import { ProfileSwitch } from "./ProfileSwitch";
import { usePreferences } from "./preferences";
import { ProofIcon } from "./proof";
import { toSearchOfRange } from "./range-search";
import { useAge } from "./Stamp";

export function Rail({ status, openProof }: { status: Status; openProof(): void }) {
  const { t } = useTranslation();
  return (
    <div className="rail">
      <div className="rail-brand" aria-hidden="true">
        <BrandMark />
        <span>Vigia</span>
      </div>
      <nav aria-label={t("shell.rail.label")}>
        <p className="rail-group">{t("shell.rail.watch")}</p>
        <RailLink to="/overview" label={t("shell.rail.overview")} icon={<LayoutDashboard size={16} />} />
        <RailLink to="/events" label={t("shell.rail.events")} icon={<List size={16} />} />
        <p className="rail-group">{t("shell.rail.govern")}</p>
        <RailLink to="/ledger" label={t("shell.rail.ledger")} icon={<ScrollText size={16} />} />
        <div className="rail-space" />
        <RailLink to="/settings" label={t("shell.rail.settings")} icon={<SettingsIcon size={16} />} />
      </nav>
      <Foot status={status} openProof={openProof} />
    </div>
  );
}

function RailLink({
  to,
  label,
  icon,
}: {
  to: "/overview" | "/events" | "/ledger" | "/settings";
  label: string;
  icon: ReactNode;
}) {
  return (
    <Link
      to={to}
      search={toSearchOfRange}
      data-testid={`nav-${to.slice(1)}`}
      className="rail-link"
      title={label}
      activeProps={{ "aria-current": "page" }}
      activeOptions={{ includeSearch: false }}
    >
      <span aria-hidden="true">{icon}</span>
      <span className="rail-label">{label}</span>
    </Link>
  );
}

/** The lookout's eye, whose pupil is the proof: the same mark as the program's icon. */
export function BrandMark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="48 48 416 416" fill="none" aria-hidden="true">
      <path
        d="M76 256C136 152 208 124 256 124s120 28 180 132c-60 104-132 132-180 132S136 360 76 256Z"
        stroke="var(--accent)"
        strokeWidth="32"
        strokeLinejoin="round"
      />
      <circle cx="256" cy="256" r="82" fill="var(--accent)" />
      <path
        d="m216 258 30 30 54-58"
        stroke="var(--surface-1)"
        strokeWidth="30"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

function Foot({ status, openProof }: { status: Status; openProof(): void }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const say = useAge();
  const { connection, integrity, copy } = status;
  const proof =
    integrity.state === "verified"
      ? t("shell.foot.verified", { age: say(integrity.at) })
      : t(`shell.foot.${integrity.state}`);
  const line = copy.syncing
    ? t("shell.foot.syncing", { done: number.format(copy.entries), all: number.format(copy.platform_size) })
    : t(`shell.foot.${connection.state}`, {
        age: connection.state === "offline" ? say(connection.since) : "",
      });
  return (
    <section className="rail-foot" aria-label={t("shell.foot.label")}>
      <ProfileSwitch status={status} />
      <p className="rail-line" data-testid="connection" data-state={connection.state} title={line}>
        <i aria-hidden="true" />
        <span className="rail-label">{line}</span>
      </p>
      <button
        type="button"
        className="rail-line rail-proof"
        data-testid="integrity"
        data-state={integrity.state}
        title={proof}
        aria-label={t("proof.symbol.open", { state: proof })}
        onClick={openProof}
      >
        <ProofIcon state={integrity.state} />
        <span className="rail-label number" data-testid="freshness">
          {proof}
        </span>
      </button>
    </section>
  );
}
