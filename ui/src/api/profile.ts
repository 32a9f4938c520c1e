/** The platforms of this console. Switching drops what the window remembers of the one before. */
import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { CertificateAccept } from "./generated/CertificateAccept";
import type { LookRequest } from "./generated/LookRequest";
import type { ProfileKeep } from "./generated/ProfileKeep";
import type { ProfileName } from "./generated/ProfileName";
import type { ProfileRef } from "./generated/ProfileRef";
import type { ProfileRemove } from "./generated/ProfileRemove";
import type { ProfileRow } from "./generated/ProfileRow";
import type { Status } from "./generated/Status";
import { call } from "./host";
import { statusQuery } from "./status";

export const profilesQuery = queryOptions({
  queryKey: ["profiles"],
  queryFn: () => call("profiles", null),
});

export function useProfiles() {
  return useQuery(profilesQuery);
}

/** What does not belong to one platform and outlives a switch. */
const SHARED = new Set(["status", "settings", "profiles", "desktop", "jobs"]);

/** Forgets it, and asks again for what is drawn right now. */
function dropOfPlatform(client: QueryClient): void {
  void client.resetQueries({ predicate: (query) => !SHARED.has(String(query.queryKey[0])) });
}

/** Drops what was asked of the platform before. Used once, at the root. */
export function useOnePlatform(id: string | undefined): void {
  const client = useQueryClient();
  const before = useRef(id);
  useEffect(() => {
    if (before.current !== id) dropOfPlatform(client);
    before.current = id;
  }, [client, id]);
}

function useStatusOf<Request>(run: (request: Request) => Promise<Status>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (status) => {
      const before = client.getQueryData(statusQuery.queryKey);
      if (before?.profile?.id !== status.profile?.id) dropOfPlatform(client);
      client.setQueryData(statusQuery.queryKey, status);
    },
    onSettled: () => client.invalidateQueries({ queryKey: profilesQuery.queryKey }),
  });
}

function useRowsOf<Request>(run: (request: Request) => Promise<ProfileRow[]>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (rows) => client.setQueryData(profilesQuery.queryKey, rows),
    onSettled: () => client.invalidateQueries({ queryKey: statusQuery.queryKey }),
  });
}

export const useProfileUse = () => useStatusOf((request: ProfileRef) => call("profile_use", request));
export const useCertificateAccept = () =>
  useStatusOf((request: CertificateAccept) => call("certificate_accept", request));
export const useKeyringRetry = () => useStatusOf((_: null) => call("keyring_retry", null));
export const useProfileRename = () => useRowsOf((request: ProfileName) => call("profile_rename", request));
export const useProfileKeep = () => useRowsOf((request: ProfileKeep) => call("profile_keep", request));
export const useProfileSignOut = () => useRowsOf((request: ProfileRef) => call("profile_sign_out", request));

export function useProfileRemove() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: ProfileRemove) => call("profile_remove", request),
    onSettled: () => client.invalidateQueries(),
  });
}

export function useCertificateLook(request: LookRequest) {
  return useQuery({
    queryKey: ["certificate", request.url],
    queryFn: () => call("certificate_look", request),
    gcTime: 0,
    retry: false,
  });
}

export function useLocalPlatform() {
  return useMutation({ mutationFn: () => call("local_platform", null) });
}
