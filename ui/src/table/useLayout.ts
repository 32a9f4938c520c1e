/**
 * The columns in use: a saved search's own while it is open, else the person's, kept by the desk for
 * the platform in use. Changing a saved search's columns changes nothing until it is saved again.
 */
import { useState } from "react";
import { useKeepColumns, useSaved } from "../api/saved";
import { firstLayout, type Layout, named } from "./columns";

export interface LayoutState {
  /** Whether it is known yet. */
  ready: boolean;
  layout: Layout;
  /** `null` goes back to the standard. */
  setLayout(layout: Layout | null): void;
}

export function useLayout(savedId: number | undefined): LayoutState {
  const { data, isError } = useSaved();
  const keep = useKeepColumns();
  const [tried, setTried] = useState<{ saved: number; layout: Layout } | null>(null);
  const standard = firstLayout(window.innerWidth);
  const own = data?.columns ?? standard;
  const saved = data?.searches.find((search) => search.id === savedId);
  if (!saved?.columns) {
    return { ready: data !== undefined || isError, layout: own, setLayout: (next) => keep.mutate(next) };
  }
  return {
    ready: true,
    layout: tried?.saved === saved.id ? tried.layout : named(saved.columns, own),
    setLayout: (next) => setTried({ saved: saved.id, layout: next ?? standard }),
  };
}
