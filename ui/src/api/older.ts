/** Searching the platform for what lies before the copy on this computer. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { OlderRequest } from "./generated/OlderRequest";
import { call } from "./host";

const KEY = ["older"];

export function useOlder() {
  return useQuery({ queryKey: KEY, queryFn: () => call("older", null) });
}

export function useSearchOlder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: OlderRequest) => call("older_search", request),
    onSuccess: (view) => client.setQueryData(KEY, view),
  });
}

export function useStopOlder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call("older_stop", null),
    onSuccess: (view) => client.setQueryData(KEY, view),
  });
}
