/** Long work of the console: the desk says when to ask again. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "./host";

const KEY = ["jobs"];

export function useJobs() {
  return useQuery({ queryKey: KEY, queryFn: () => call("jobs", null), refetchOnWindowFocus: false });
}

function useJobCommand(name: "job_cancel" | "job_forget") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => call(name, { id }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export const useCancelJob = () => useJobCommand("job_cancel");
export const useForgetJob = () => useJobCommand("job_forget");
