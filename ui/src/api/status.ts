/** Where the console stands, and the commands that change it. The desk says when to ask again. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { call, onChanged } from "./host";

/** Asked again this often even when nothing was announced, so that a lost announcement heals. */
const REFRESH_MS = 15_000;

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: () => call("status", null),
  refetchInterval: REFRESH_MS,
});

export function useStatus() {
  return useQuery(statusQuery);
}

/** Turns what the desk announces into questions asked again. Used once, at the root. */
export function useDeskChanges(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      onChanged((topics) => {
        for (const topic of topics) void client.invalidateQueries({ queryKey: [topic] });
      }),
    [client],
  );
}

function useStatusCommand(name: "sync_now" | "verify_now" | "sign_out") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call(name, null),
    onSuccess: (status) => client.setQueryData(statusQuery.queryKey, status),
    onSettled: () => client.invalidateQueries({ queryKey: ["status"] }),
  });
}

export const useSyncNow = () => useStatusCommand("sync_now");
export const useVerifyNow = () => useStatusCommand("verify_now");
export const useSignOut = () => useStatusCommand("sign_out");
