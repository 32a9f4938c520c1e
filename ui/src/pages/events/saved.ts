/** Saved searches and the address: what opening one asks for, and whether it was changed since. Pure. */
import type { TFunction } from "i18next";
import type { SavedDraft } from "../../api/generated/SavedDraft";
import type { SavedSearch } from "../../api/generated/SavedSearch";
import type { EventsSearch } from "../../router";
import type { Layout } from "../../table/columns";

/** The words of the searches that come with the console. */
const SHIPPED = ["failed_logins", "privileges", "errors", "denied", "guessed_names", "data_access"] as const;

/** Its name: the person's, else the window's word for one that came with the console. */
export function nameOf(search: SavedSearch, t: TFunction): string {
  const shipped = SHIPPED.find((word) => word === search.shipped);
  if (search.name !== "" || !shipped) return search.name;
  return t(`events.shipped.${shipped}`);
}

/** The address that shows a saved search. */
export function addressOf(search: SavedSearch): EventsSearch {
  const { last, from, to } = search.range;
  return {
    ...(search.query ? { q: search.query } : {}),
    ...(last ? { last } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(search.sort === "oldest_first" ? { sort: "oldest" as const } : {}),
    saved: search.id,
  };
}

/** What would be kept of what is on the screen. */
export function draftOf(
  address: EventsSearch,
  layout: Layout,
  keep: { id: number | null; name: string; columns: boolean },
): SavedDraft {
  const moments = address.from !== undefined || address.to !== undefined;
  return {
    id: keep.id,
    name: keep.name,
    query: address.q ?? "",
    range: {
      last: moments ? null : (address.last ?? "all"),
      from: address.from ?? null,
      to: address.to ?? null,
    },
    sort: address.sort === "oldest" ? "oldest_first" : "newest_first",
    columns: keep.columns ? layout.map((column) => column.name) : null,
  };
}

/** Whether the screen differs from what the saved search says. */
export function isChanged(search: SavedSearch, address: EventsSearch, layout: Layout): boolean {
  const now = draftOf(address, layout, {
    id: search.id,
    name: search.name,
    columns: search.columns !== null,
  });
  const same = (one: string | null, other: string | null) =>
    one === other || (one !== null && other !== null && Date.parse(one) === Date.parse(other));
  return !(
    now.query === search.query &&
    now.sort === search.sort &&
    (now.range.last ?? "all") === (search.range.last ?? "all") &&
    same(now.range.from, search.range.from) &&
    same(now.range.to, search.range.to) &&
    JSON.stringify(now.columns) === JSON.stringify(search.columns)
  );
}
