/** The Overview in one answer. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type RangeSearch, resolveRange } from "../time/range";
import { call } from "./host";

export function useOverview(search: RangeSearch, zone: string) {
  return useQuery({
    // "events" first: what the desk announces under this topic changes the Overview too.
    queryKey: ["events", "overview", search, zone],
    queryFn: () => call("overview", { range: resolveRange(search, "7d", new Date()), zone }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}
