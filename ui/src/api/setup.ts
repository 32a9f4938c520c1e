/** The wizard and signing in. Passwords pass through and are kept nowhere in the window. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ProbeRequest } from "./generated/ProbeRequest";
import type { SetupLocal } from "./generated/SetupLocal";
import type { SignIn } from "./generated/SignIn";
import { call } from "./host";
import { statusQuery } from "./status";

export function useSetupLocal() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: SetupLocal) => call("setup_local", request),
    gcTime: 0,
    onSuccess: (status) => client.setQueryData(statusQuery.queryKey, status),
  });
}

export function useProbe() {
  return useMutation({ mutationFn: (request: ProbeRequest) => call("probe", request) });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: SignIn) => call("sign_in", request),
    gcTime: 0,
    onSuccess: (status) => client.setQueryData(statusQuery.queryKey, status),
  });
}

export function useLoadSample() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call("load_sample", null),
    onSuccess: () => client.invalidateQueries({ queryKey: ["events"] }),
  });
}
