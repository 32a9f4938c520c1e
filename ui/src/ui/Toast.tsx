/** A short word about what just happened, also for people who do not see it. One at a time. */
import { useEffect, useSyncExternalStore } from "react";

const SHOWN_MS = 4000;
let text: string | null = null;
const listeners = new Set<() => void>();

/** Shows a text for a moment; `null` takes it away. */
export function announce(next: string | null): void {
  text = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where announcements appear. Used once, at the root. */
export function Toast() {
  const shown = useSyncExternalStore(subscribe, () => text);
  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(() => announce(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div role="status" aria-live="polite">
      {shown ? <div className="toast">{shown}</div> : null}
    </div>
  );
}
