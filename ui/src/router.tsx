/**
 * Addresses. The address is the state: range, query, order and the open event survive a reload and
 * can be sent to a colleague. Hash history, because the window's assets have no server behind them.
 */
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  redirect,
} from "@tanstack/react-router";
import { Shell } from "./components/Shell";
import { EventPage } from "./pages/events/EventPage";
import { EventsPage } from "./pages/events/EventsPage";
import { LedgerPage } from "./pages/ledger/LedgerPage";
import { NotFound } from "./pages/NotFound";
import { OverviewPage } from "./pages/overview/OverviewPage";
import { SettingsPage } from "./pages/settings/SettingsPage";
import { parseRange, type RangeSearch } from "./time/range";

export const DETAIL_TABS = ["fields", "raw", "json", "proof"] as const;
export type DetailTab = (typeof DETAIL_TABS)[number];

export interface EventsSearch extends RangeSearch {
  q?: string;
  sort?: "oldest";
  /** The event in the drawer. */
  event?: number;
  tab?: DetailTab;
  pin?: true;
  /** The saved search that is open. */
  saved?: number;
}

function isTab(word: unknown): word is DetailTab {
  return DETAIL_TABS.some((tab) => tab === word);
}

function parseEvents(search: Record<string, unknown>): EventsSearch {
  const { q, sort, event, tab, pin, saved } = search;
  return {
    ...parseRange(search),
    ...((typeof q === "string" || typeof q === "number") && q !== "" ? { q: String(q) } : {}),
    ...(sort === "oldest" ? { sort } : {}),
    ...(typeof event === "number" && Number.isInteger(event) && event >= 0 ? { event } : {}),
    ...(isTab(tab) ? { tab } : {}),
    ...(pin === true ? { pin } : {}),
    ...(typeof saved === "number" && Number.isInteger(saved) && saved > 0 ? { saved } : {}),
  };
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const index = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/overview" });
  },
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/overview",
  validateSearch: parseRange,
  component: OverviewPage,
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: parseEvents,
  component: EventsPage,
});

const event = createRoute({
  getParentRoute: () => root,
  path: "/events/$seq",
  validateSearch: parseEvents,
  component: EventPage,
});

const ledger = createRoute({
  getParentRoute: () => root,
  path: "/ledger",
  validateSearch: parseRange,
  component: LedgerPage,
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  validateSearch: parseRange,
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/settings/$section", params: { section: "appearance" }, search });
  },
});

const settingsSection = createRoute({
  getParentRoute: () => root,
  path: "/settings/$section",
  validateSearch: parseRange,
  component: SettingsPage,
});

export const router = createRouter({
  routeTree: root.addChildren([index, overview, events, event, ledger, settings, settingsSection]),
  history: createHashHistory(),
  defaultPreload: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
