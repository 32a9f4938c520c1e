/** The details from the right: over the table, or pinned beside it. Its state is in the address. */
import { ChevronDown, ChevronUp, Maximize2, Pin, PinOff, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useEventDetail } from "../../api/event";
import { useStatus } from "../../api/status";
import { ProblemState } from "../../components/Problem";
import type { DetailTab } from "../../router";
import { IconButton } from "../../ui/Button";
import { EventDetail, type Pivots } from "./EventDetail";

interface DrawerProps extends Pivots {
  seq: number;
  tab: DetailTab;
  pinned: boolean;
  setTab(tab: DetailTab): void;
  onStep: ((step: 1 | -1) => void) | null;
  onPin(): void;
  onPage(): void;
  onClose(): void;
}

export function Drawer({ seq, tab, pinned, setTab, onStep, onPin, onPage, onClose, ...pivots }: DrawerProps) {
  const { t } = useTranslation();
  const { data: detail, error } = useEventDetail(seq);
  const { data: status } = useStatus();
  return (
    <aside
      className="drawer"
      data-testid="detail"
      data-pinned={pinned}
      data-seq={detail?.row.seq}
      aria-label={t("events.detail.label", { seq })}
    >
      <header className="drawer-head">
        <h2 className="number">{t("events.detail.label", { seq })}</h2>
        <IconButton label={t("events.detail.previous")} disabled={!onStep} onClick={() => onStep?.(-1)}>
          <ChevronUp size={16} aria-hidden="true" />
        </IconButton>
        <IconButton label={t("events.detail.next")} disabled={!onStep} onClick={() => onStep?.(1)}>
          <ChevronDown size={16} aria-hidden="true" />
        </IconButton>
        <IconButton label={t(pinned ? "events.detail.unpin" : "events.detail.pin")} onClick={onPin}>
          {pinned ? <PinOff size={16} aria-hidden="true" /> : <Pin size={16} aria-hidden="true" />}
        </IconButton>
        <IconButton label={t("events.detail.page")} onClick={onPage}>
          <Maximize2 size={16} aria-hidden="true" />
        </IconButton>
        <IconButton label={t("events.detail.close")} onClick={onClose}>
          <X size={16} aria-hidden="true" />
        </IconButton>
      </header>
      {error ? (
        <ProblemState failure={error} />
      ) : detail ? (
        <EventDetail detail={detail} integrity={status?.integrity} tab={tab} setTab={setTab} {...pivots} />
      ) : null}
    </aside>
  );
}
