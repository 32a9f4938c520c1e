/**
 * Events: pages of a search, its histogram, one event, the fields of the query language.
 * A table of a million rows asks only for the pages it draws.
 */
import { keepPreviousData, queryOptions, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { EventRow } from "./generated/EventRow";
import type { Range } from "./generated/Range";
import type { SearchReply } from "./generated/SearchReply";
import type { Sort } from "./generated/Sort";
import { call } from "./host";

export const PAGE_ROWS = 200;

export interface Search {
  query: string;
  range: Range;
  sort: Sort;
  /** Fields that rows carry beside their own. */
  columns: string[];
}

function pageQuery(search: Search, page: number) {
  return queryOptions({
    queryKey: ["search", search, page],
    queryFn: () => call("events_search", { ...search, offset: page * PAGE_ROWS, limit: PAGE_ROWS }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export interface Rows {
  first: SearchReply | undefined;
  error: Error | null;
  /** Whether `first` answers this search, not the one before. */
  current: boolean;
  row(index: number): EventRow | undefined;
  /** The row, fetched where it is not here yet. */
  fetchRow(index: number): Promise<EventRow | undefined>;
}

/** The rows `from` to `to` of a search (and its first page, which knows the total). */
export function useRows(search: Search, from: number, to: number, enabled = true): Rows {
  const client = useQueryClient();
  const first = useQuery({ ...pageQuery(search, 0), enabled, placeholderData: keepPreviousData });
  const pages: number[] = [];
  for (let page = Math.floor(from / PAGE_ROWS); page <= Math.floor(to / PAGE_ROWS); page += 1) {
    if (page > 0) pages.push(page);
  }
  const rest = useQueries({ queries: pages.map((page) => pageQuery(search, page)) });
  const row = (index: number) => {
    const page = Math.floor(index / PAGE_ROWS);
    const reply = page === 0 ? first.data : rest[pages.indexOf(page)]?.data;
    return reply?.rows[index % PAGE_ROWS];
  };
  const fetchRow = useCallback(
    async (index: number) => {
      const reply = await client.fetchQuery(pageQuery(search, Math.floor(index / PAGE_ROWS)));
      return reply.rows[index % PAGE_ROWS];
    },
    [client, search],
  );
  return {
    first: first.data,
    error: first.error,
    current: first.isSuccess && !first.isPlaceholderData,
    row,
    fetchRow,
  };
}

export function useHistogram(query: string, range: Range, buckets: number, zone: string) {
  return useQuery({
    queryKey: ["search", "histogram", query, range, buckets, zone],
    queryFn: () => call("events_histogram", { query, range, buckets, zone }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export function useEventDetail(seq: number | undefined) {
  return useQuery({
    queryKey: ["events", "detail", seq],
    queryFn: () => call("event_detail", { seq: seq ?? 0 }),
    enabled: seq !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useQueryFields() {
  return useQuery({
    queryKey: ["events", "fields"],
    queryFn: () => call("query_fields", null),
    staleTime: 60_000,
  });
}

export function useQueryCheck(query: string) {
  return useQuery({
    queryKey: ["query_check", query],
    queryFn: () => call("query_check", { query }).then(() => true),
    enabled: query.trim() !== "",
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}
