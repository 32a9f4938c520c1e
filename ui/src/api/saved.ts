/** What a person keeps for the platform in use: searches, recent ones, columns. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ColumnView } from "./generated/ColumnView";
import type { SavedDraft } from "./generated/SavedDraft";
import type { SavedView } from "./generated/SavedView";
import { call } from "./host";

const KEY = ["saved"];

export function useSaved() {
  return useQuery({
    queryKey: KEY,
    queryFn: () => call("saved", null),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function useChange<Given, Reply>(run: (given: Given) => Promise<Reply>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export const usePutSaved = () => useChange((draft: SavedDraft) => call("saved_put", draft));
export const useDeleteSaved = () => useChange((id: number) => call("saved_delete", { id }));
export const useNoteRecent = () => useChange((query: string) => call("recent_note", { query }));
export const useClearRecent = () => useChange(() => call("recent_clear", null));

function useShown<Given>(
  run: (given: Given) => Promise<null>,
  show: (old: SavedView, given: Given) => SavedView,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    // Shown at once, kept behind.
    onMutate: (given) => client.setQueryData<SavedView>(KEY, (old) => (old ? show(old, given) : old)),
    onError: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export const useOrderSaved = () =>
  useShown(
    (ids: number[]) => call("saved_order", { ids }),
    (old, ids) => ({
      ...old,
      searches: [...old.searches].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)),
    }),
  );

export const useKeepColumns = () =>
  useShown(
    (columns: ColumnView[] | null) => call("columns_set", { columns }),
    (old, columns) => ({ ...old, columns }),
  );
