/** What the whole page must know: the log is broken, the platform is away, the session is over. */
import { ShieldX, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Integrity } from "../api/generated/Integrity";
import type { Status } from "../api/generated/Status";
import { useSyncNow } from "../api/status";
import { SignInForm } from "../pages/sign-in/SignInForm";
import { clockText, wallOf, zoneMark } from "../time/format";
import { Button, IconButton } from "../ui/Button";
import { CopyButton } from "../ui/Copy";
import { Dialog } from "../ui/Dialog";
import { Notice } from "../ui/Notice";
import { CertificateBanner, isAboutCertificate } from "./CertificateBanner";
import { findingOf } from "./finding";
import { holdsSession, KeyringNotice, stopsCopy } from "./KeyringNotice";
import { useProblemText } from "./Problem";
import { usePreferences } from "./preferences";
import type { Overlay } from "./Shell";
import { Stamp, useAge } from "./Stamp";

interface BannersProps {
  status: Status;
  overlay: Overlay;
  setOverlay(overlay: Overlay): void;
}

export function Banners({ status, overlay, setOverlay }: BannersProps) {
  const { t } = useTranslation();
  const { connection, integrity, keyring } = status;
  const stops = stopsCopy(status);
  // The platform inside the console did not start, for its key lies in the keyring.
  const away = connection.state === "offline" && !(stops && status.profile?.embedded) ? connection : null;
  const signIn =
    connection.state === "signed_out" ? (
      <Button size="small" onClick={() => setOverlay("sign-in")}>
        {t("shell.banner.sign_in")}
      </Button>
    ) : null;
  return (
    <div className="banners">
      {integrity.state === "broken" ? <Broken broken={integrity} /> : null}
      {away ? (
        status.profile && isAboutCertificate(away.problem) ? (
          <CertificateBanner profile={status.profile} problem={away.problem} />
        ) : (
          <Offline status={status} offline={away} />
        )
      ) : null}
      <CopyNotices status={status} />
      {signIn && !holdsSession(keyring) ? (
        <Notice testId="signed-out-banner" tone="warning" actions={signIn}>
          {t("shell.banner.signed_out")}
        </Notice>
      ) : null}
      <KeyringNotice keyring={keyring} stops={stops} signIn={holdsSession(keyring) ? signIn : null} />
      <Dialog
        open={overlay === "sign-in"}
        onClose={() => setOverlay(null)}
        title={t("signin.form.title")}
        size={420}
      >
        <SignInForm profile={status.profile} onDone={() => setOverlay(null)} />
      </Dialog>
    </div>
  );
}

/** The copy itself: why it does not grow, that it is old, that it was begun anew. */
function CopyNotices({ status }: { status: Status }) {
  const { t } = useTranslation();
  const say = useAge();
  const sayProblem = useProblemText();
  const sync = useSyncNow();
  const [seen, setSeen] = useState<string | null>(null);
  const { copy, connection } = status;
  const again = (
    <Button size="small" disabled={sync.isPending} onClick={() => sync.mutate()}>
      {t("shell.banner.retry")}
    </Button>
  );
  // The keyring's own notice says what stands in the way, and has the way out.
  const trouble = stopsCopy(status) ? null : copy.problem;
  // Being offline tells the age already.
  const stale = copy.stale && connection.state !== "offline" && !copy.problem && copy.synced_at;
  return (
    <>
      {trouble ? (
        <Notice testId="trouble-banner" tone="warning" actions={again}>
          {t("shell.banner.trouble")} {sayProblem(trouble)}
        </Notice>
      ) : null}
      {stale ? (
        <Notice testId="stale-banner" tone="warning" actions={again}>
          {t("shell.banner.stale", { age: say(stale) })}
        </Notice>
      ) : null}
      {copy.rebuilt_at && copy.rebuilt_at !== seen ? (
        <Notice
          testId="rebuilt-banner"
          actions={
            <IconButton
              size="small"
              label={t("shell.banner.dismiss")}
              onClick={() => setSeen(copy.rebuilt_at)}
            >
              <X size={14} aria-hidden="true" />
            </IconButton>
          }
        >
          {t("shell.banner.rebuilt")}
        </Notice>
      ) : null}
    </>
  );
}

type OfflineState = Extract<Status["connection"], { state: "offline" }>;

function Offline({ status, offline }: { status: Status; offline: OfflineState }) {
  const { t } = useTranslation();
  const { style } = usePreferences();
  const say = useAge();
  const sync = useSyncNow();
  const since = status.copy.synced_at;
  const next = offline.next_try ? new Date(offline.next_try) : null;
  return (
    <Notice
      testId="offline-banner"
      tone="warning"
      actions={
        <Button size="small" disabled={sync.isPending} onClick={() => sync.mutate()}>
          {t("shell.banner.retry")}
        </Button>
      }
    >
      {since ? t("shell.banner.offline", { age: say(since) }) : t("shell.banner.offline_never")}{" "}
      {next
        ? t("shell.banner.next_try", {
            time: `${clockText(wallOf(next, style.zone))} ${zoneMark(next, style)}`,
          })
        : null}
    </Notice>
  );
}

function Broken({ broken }: { broken: Extract<Integrity, { state: "broken" }> }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const finding = findingOf(broken.finding);
  return (
    <section className="broken" role="alert" data-testid="broken-banner" data-finding={broken.finding}>
      <ShieldX size={28} aria-hidden="true" />
      <div>
        <h2>{t("shell.broken.title")}</h2>
        <p>
          <strong>{t(`shell.broken.${finding}`)}</strong> {t("shell.broken.text")}
        </p>
        <dl>
          <div>
            <dt>{t("shell.broken.noticed")}</dt>
            <dd>
              <Stamp at={broken.at} />
            </dd>
          </div>
          {broken.seq === null ? null : (
            <div>
              <dt>{t("shell.broken.entry")}</dt>
              <dd className="number">{number.format(broken.seq)}</dd>
            </div>
          )}
          {broken.checkpoint ? (
            <div>
              <dt>{t("shell.broken.last_good")}</dt>
              <dd className="number">
                {t("shell.broken.entries", { n: number.format(broken.checkpoint.size) })}
              </dd>
            </div>
          ) : null}
          <div>
            <dt>{t("shell.broken.evidence")}</dt>
            <dd className="with-tool">
              <span className="mono" data-testid="evidence-path">
                {broken.evidence}
              </span>
              <CopyButton
                text={broken.evidence}
                label={`${t("shell.copy.copy")}: ${t("shell.broken.evidence")}`}
              />
            </dd>
          </div>
        </dl>
        <details>
          <summary>{t("shell.broken.details")}</summary>
          <p className="mono">{broken.detail}</p>
          <p>{t("shell.broken.do")}</p>
        </details>
      </div>
    </section>
  );
}
