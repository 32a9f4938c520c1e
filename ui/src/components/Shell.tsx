/** The frame around every page: rail, top bar, banners, foot; and the actions that are always there. */
import { Outlet } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLinks } from "../api/desktop";
import { useStatus } from "../api/status";
import { Palette } from "../palette/Palette";
import { useShellActions } from "../palette/useShellActions";
import { Banners } from "./Banners";
import { JobsTray } from "./JobsTray";
import { LogProof } from "./proof";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";

export type Overlay = "palette" | "help" | "proof" | "range" | "sign-in" | null;

export function Shell() {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const [overlay, setOverlay] = useState<Overlay>(null);
  useShellActions(setOverlay);
  useLinks();
  if (!status) return null;
  return (
    <div className="shell" data-broken={status.integrity.state === "broken"}>
      <button type="button" className="skip" onClick={() => document.getElementById("content")?.focus()}>
        {t("shell.rail.skip")}
      </button>
      <Rail status={status} openProof={() => setOverlay("proof")} />
      <div className="shell-main">
        <TopBar status={status} overlay={overlay} setOverlay={setOverlay} />
        <Banners status={status} overlay={overlay} setOverlay={setOverlay} />
        <main id="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <LogProof integrity={status.integrity} open={overlay === "proof"} onClose={() => setOverlay(null)} />
      <JobsTray />
      <Palette overlay={overlay} setOverlay={setOverlay} />
    </div>
  );
}
