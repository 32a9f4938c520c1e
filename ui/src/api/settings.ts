/** What a person sets for themselves; shown at once, saved behind. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Settings } from "./generated/Settings";
import { call } from "./host";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: () => call("settings_get", null),
  staleTime: Number.POSITIVE_INFINITY,
});

/**
 * Saves a change. Changes in quick succession lose nothing: each begins with what was set last, drawn or
 * not, and they are sent one after another.
 */
export function useSaveSettings(): (change: Partial<Settings>, drawn: Settings, failed: () => void) => void {
  const client = useQueryClient();
  const { mutate } = useMutation({
    scope: { id: "settings" },
    mutationFn: (settings: Settings) =>
      call("settings_set", client.getQueryData(settingsQuery.queryKey) ?? settings),
    onError: () => client.invalidateQueries({ queryKey: settingsQuery.queryKey }),
  });
  return useCallback(
    (change, drawn, failed) => {
      const settings = { ...(client.getQueryData(settingsQuery.queryKey) ?? drawn), ...change };
      client.setQueryData(settingsQuery.queryKey, settings);
      mutate(settings, { onError: failed });
    },
    [client, mutate],
  );
}
