/** What a person sets for themselves; shown at once, saved behind. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Settings } from "./generated/Settings";
import { call } from "./host";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: () => call("settings_get", null),
  staleTime: Number.POSITIVE_INFINITY,
});

export function useSaveSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (settings: Settings) => call("settings_set", settings),
    onMutate: (settings) => client.setQueryData(settingsQuery.queryKey, settings),
    onError: () => client.invalidateQueries({ queryKey: settingsQuery.queryKey }),
  });
}
