/** Nothing to list: because nothing is there, or because the search or the range leaves nothing. */
import { Inbox, SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ProblemState, useUnread } from "../../components/Problem";
import type { EventsSearch } from "../../router";
import { Button } from "../../ui/Button";

interface NothingProps {
  search: EventsSearch;
  change(next: Partial<EventsSearch>, drop?: (keyof EventsSearch)[]): void;
}

export function Nothing({ search, change }: NothingProps) {
  const { t } = useTranslation();
  const unread = useUnread();
  if (unread) return <ProblemState failure={unread} />;
  const limited = search.from !== undefined || search.to !== undefined || (search.last ?? "all") !== "all";
  const filtered = Boolean(search.q) || limited;
  return (
    <div className="empty">
      {filtered ? <SearchX size={28} aria-hidden="true" /> : <Inbox size={28} aria-hidden="true" />}
      <h2>{t(filtered ? "events.empty.filtered" : "events.empty.none")}</h2>
      <p className="quiet">{t(filtered ? "events.empty.filtered_text" : "events.empty.none_text")}</p>
      <div className="actions">
        {search.q ? <Button onClick={() => change({}, ["q"])}>{t("events.empty.clear_query")}</Button> : null}
        {limited ? (
          <Button onClick={() => change({ last: "all" }, ["from", "to"])}>
            {t("events.empty.all_time")}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
