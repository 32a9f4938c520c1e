/** The columns that were chosen, kept on this computer: they are a habit, not a state to share. */
import { useState } from "react";
import { firstLayout, type Layout, parseLayout } from "./columns";

const KEY = "vigia-events-columns";

export function useLayout(): [Layout, (layout: Layout | null) => void] {
  const [layout, setLayout] = useState(
    () => parseLayout(localStorage.getItem(KEY)) ?? firstLayout(window.innerWidth),
  );
  const keep = (next: Layout | null) => {
    if (next) localStorage.setItem(KEY, JSON.stringify(next));
    else localStorage.removeItem(KEY);
    setLayout(next ?? firstLayout(window.innerWidth));
  };
  return [layout, keep];
}
