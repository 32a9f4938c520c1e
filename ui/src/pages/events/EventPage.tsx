/** One event as a page of its own; previous and next are its neighbours in the ledger. */
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useEventDetail } from "../../api/event";
import { useStatus } from "../../api/status";
import { ProblemState } from "../../components/Problem";
import { useActions } from "../../palette/actions";
import type { DetailTab } from "../../router";
import { withTerm } from "../../table/query";
import { Button, IconButton } from "../../ui/Button";
import { EventDetail } from "./EventDetail";

export function EventPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: "/events/$seq" });
  const seq = Number(useParams({ from: "/events/$seq" }).seq);
  const known = Number.isInteger(seq) && seq >= 0;
  const { data: detail, error } = useEventDetail(known ? seq : undefined);
  const { data: status } = useStatus();
  const size = status?.copy.entries ?? 0;

  const step = (by: 1 | -1) => {
    const next = seq + by;
    if (next >= 0 && next < size)
      void navigate({ to: "/events/$seq", params: { seq: String(next) }, search });
  };
  const back = () => void navigate({ to: "/events", search: { ...search, event: seq } });
  useActions([
    {
      id: "previous-event",
      group: "event",
      label: t("palette.action.previous_event"),
      keys: "[",
      run: () => step(-1),
    },
    {
      id: "next-event",
      group: "event",
      label: t("palette.action.next_event"),
      keys: "]",
      run: () => step(1),
    },
  ]);
  if (!known) return <p className="empty">{t("events.detail.missing")}</p>;
  if (error)
    return (
      <ProblemState
        failure={error}
        actions={<Button onClick={back}>{t("events.detail.to_events")}</Button>}
      />
    );
  if (!detail) return null;
  const toEvents = (q: string) => void navigate({ to: "/events", search: { q } });
  return (
    <div className="page event-page" data-testid="detail" data-seq={detail.row.seq}>
      <div className="event-page-tools">
        <Button size="small" onClick={back}>
          {t("events.detail.to_events")}
        </Button>
        <IconButton label={t("events.detail.previous")} disabled={seq <= 0} onClick={() => step(-1)}>
          <ChevronLeft size={16} aria-hidden="true" />
        </IconButton>
        <IconButton label={t("events.detail.next")} disabled={seq + 1 >= size} onClick={() => step(1)}>
          <ChevronRight size={16} aria-hidden="true" />
        </IconButton>
      </div>
      <EventDetail
        detail={detail}
        integrity={status?.integrity}
        tab={search.tab ?? "fields"}
        setTab={(tab: DetailTab) =>
          void navigate({
            to: "/events/$seq",
            params: { seq: String(seq) },
            search: { ...search, tab },
            replace: true,
          })
        }
        onFilter={(term) => toEvents(withTerm(search.q ?? "", term, false))}
        onExclude={(term) => toEvents(withTerm(search.q ?? "", term, true))}
        onPivot={toEvents}
      />
    </div>
  );
}
