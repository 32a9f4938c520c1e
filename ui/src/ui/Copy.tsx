/** Copying, with a word that it happened, or did not. */
import i18next from "i18next";
import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "./Button";
import { announce } from "./Toast";

const MARKED_MS = 1600;

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    announce(i18next.t("shell.copy.copied"));
    return true;
  } catch {
    announce(i18next.t("shell.copy.failed"));
    return false;
  }
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), MARKED_MS);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <IconButton label={label} size="small" onClick={() => void copyText(text).then(setDone)}>
      {done ? <Check size={14} aria-hidden="true" /> : <CopyIcon size={14} aria-hidden="true" />}
    </IconButton>
  );
}
