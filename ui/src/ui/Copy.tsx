/** Copying, with a word that it happened (or did not), also for people who do not see it. */
import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";

const SHOWN_MS = 1600;
type Outcome = "copied" | "failed" | null;
let outcome: Outcome = null;
const listeners = new Set<() => void>();

function tell(next: Outcome): void {
  outcome = next;
  for (const listener of listeners) listener();
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell("copied");
  } catch {
    tell("failed");
  }
}

/** Shows the outcome of the last copy. Used once, at the root. */
export function CopyToast() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => outcome,
  );
  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(() => tell(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div role="status" aria-live="polite">
      {shown ? <div className="toast">{t(`shell.copy.${shown}`)}</div> : null}
    </div>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <IconButton label={label} size="small" onClick={() => void copyText(text).then(() => setDone(true))}>
      {done ? <Check size={14} aria-hidden="true" /> : <CopyIcon size={14} aria-hidden="true" />}
    </IconButton>
  );
}
