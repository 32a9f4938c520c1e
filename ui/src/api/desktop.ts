/** What the desktop around the window offers, and links that come from outside. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Link } from "./generated/Link";
import { call, onChanged } from "./host";

export const desktopQuery = queryOptions({
  queryKey: ["desktop"],
  queryFn: () => call("desktop_state", null),
});

export function useDesktop() {
  return useQuery(desktopQuery);
}

/**
 * Opens the links that were handed to the console, those too that came before somebody signed in.
 * Used once, where pages can be shown. A link is given out once, so its answer is never dropped.
 */
export function useLinks(): void {
  const navigate = useNavigate();
  const open = useRef(navigate);
  open.current = navigate;
  useEffect(() => {
    const take = async () => {
      const { link } = await call("link_take", null);
      if (link) await open.current(addressOf(link));
    };
    void take();
    return onChanged((topics) => {
      if (topics.includes("desktop")) void take();
    });
  }, []);
}

/** The only pages that a link can lead to. */
function addressOf(link: Link) {
  switch (link.page) {
    case "event":
      return { to: "/events/$seq", params: { seq: String(link.seq) }, search: {} } as const;
    case "events":
      return { to: "/events", search: { q: link.query, last: "all" } } as const;
    case "ledger":
      return { to: "/ledger", search: {} } as const;
  }
}

/** The link to one event, to be sent to a colleague. */
export const eventLink = (seq: number) => `vigia://event/${seq}`;
