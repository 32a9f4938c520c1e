/** The ledger as this desk knows it: trust, checkpoints seen, verifying everything, a proof as a file. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Job } from "./generated/Job";
import type { ProofRequest } from "./generated/ProofRequest";
import { call } from "./host";
import { useJobs } from "./job";

/** Below `status`, because whatever changes the status may change this. */
export const ledgerQuery = queryOptions({
  queryKey: ["status", "ledger"],
  queryFn: () => call("ledger", null),
});

export function useLedger() {
  return useQuery(ledgerQuery);
}

export function useVerifyStart() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call("verify_start", null),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

/** The newest verification of this log, under way or ended. */
export function useVerification(origin: string | undefined): Job | undefined {
  const { data: jobs } = useJobs();
  return jobs?.find((job) => job.kind === "verify" && job.name === origin);
}

export function useProofSave() {
  return useMutation({ mutationFn: (request: ProofRequest) => call("proof_save", request) });
}

interface Pace {
  /** So many a second, lately. */
  rate: number;
  /** Seconds that are left at this pace. */
  left: number | null;
}

/** The pace is that of the last few seconds, so that it follows what happens. */
const PACE_MS = 4_000;

/** How fast a running job is. */
export function usePace(job: Job | undefined): Pace | null {
  const samples = useRef<{ at: number; done: number; part: string }[]>([]);
  const part = `${job?.id} ${job?.phase}`;
  const running = job?.state.state === "running";
  useEffect(() => {
    if (!running || !job) {
      samples.current = [];
      return;
    }
    const now = performance.now();
    const kept = samples.current.filter((one) => one.part === part && now - one.at < PACE_MS);
    samples.current = [...kept, { at: now, done: job.done, part }];
  }, [running, job, part]);
  const [first, last] = [samples.current[0], samples.current.at(-1)];
  if (!running || !first || !last || first.part !== part || last.at - first.at < 200) return null;
  const rate = ((last.done - first.done) / (last.at - first.at)) * 1000;
  if (rate <= 0) return null;
  return { rate, left: job.total === null ? null : (job.total - last.done) / rate };
}
