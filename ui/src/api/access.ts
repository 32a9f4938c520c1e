/** API keys and sessions of the platform in use: asked of it, never kept. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { NewApiKey } from "./generated/NewApiKey";
import type { Status } from "./generated/Status";
import { call } from "./host";

/** Whether the person in use holds a permission, also by a star. */
export function holds(status: Status, permission: string): boolean {
  const [resource] = permission.split(":");
  const covering = ["*", "*:*", `${resource}:*`, permission];
  return status.profile?.permissions.some((held) => covering.includes(held)) ?? false;
}

/** Whether the platform answers; also somebody whom it gives no events. */
export function answers(status: Status): boolean {
  const { state } = status.connection;
  const away = state === "offline" || state === "signed_out";
  return state === "online" || (!away && status.copy.problem?.code === "denied");
}

export function useApiKeys(enabled: boolean) {
  return useQuery({ queryKey: ["api_keys"], queryFn: () => call("api_keys", null), enabled });
}

export function useSessions(all: boolean, enabled: boolean) {
  return useQuery({ queryKey: ["sessions", all], queryFn: () => call("sessions", { all }), enabled });
}

function useChange<Given, Reply>(key: string, run: (given: Given) => Promise<Reply>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () => client.invalidateQueries({ queryKey: [key] }),
  });
}

// The key is shown once and then forgotten: nothing of the reply is cached.
export const useCreateApiKey = () =>
  useChange("api_keys", (request: NewApiKey) => call("api_key_create", request));
export const useRevokeApiKey = () => useChange("api_keys", (id: string) => call("api_key_revoke", { id }));
export const useEndSession = () => useChange("sessions", (id: string) => call("session_end", { id }));
export const useEndOtherSessions = () => useChange("sessions", () => call("sessions_end_others", null));
