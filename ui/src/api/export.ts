/** Taking events out as a file; the work itself is a job. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ExportRequest } from "./generated/ExportRequest";
import { call } from "./host";

export function useExportEvents() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: ExportRequest) => call("events_export", request),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

/** Where files go that the console saves. */
export function useExportPlace() {
  return useQuery({ queryKey: ["export_place"], queryFn: () => call("export_place", null) });
}
