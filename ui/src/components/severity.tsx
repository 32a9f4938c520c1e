/** Severity: a shape, a word and a hue; any one of the three is enough to tell them apart. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SeverityName } from "../api/generated/SeverityName";

/** In the order of Rust's `SeverityName`, which `by_severity` follows. */
export const SEVERITIES = [
  "unknown",
  "info",
  "low",
  "medium",
  "high",
  "critical",
  "fatal",
] as const satisfies readonly SeverityName[];

const SHAPES: Record<SeverityName, ReactNode> = {
  unknown: <circle cx="8" cy="8" r="5" fill="none" strokeDasharray="2.4 2" />,
  info: <circle cx="8" cy="8" r="5" fill="none" />,
  low: <rect x="3.5" y="3.5" width="9" height="9" rx="1.5" fill="none" />,
  medium: <path d="M8 2 14 8 8 14 2 8Z" fill="currentColor" fillOpacity="0.3" />,
  high: <path d="M8 2.5 14.2 13.2H1.8Z" fill="currentColor" fillOpacity="0.55" />,
  critical: <path d="M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4Z" fill="currentColor" />,
  fatal: (
    <>
      <path d="M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4Z" fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" stroke="var(--surface-1)" strokeWidth="1.8" />
    </>
  ),
};

export function SeverityIcon({ severity }: { severity: SeverityName }) {
  return (
    <svg
      className="severity-icon"
      width="14"
      height="14"
      viewBox="0 0 16 16"
      stroke="currentColor"
      strokeWidth="1.5"
      style={{ color: `var(--severity-${severity})` }}
      aria-hidden="true"
    >
      {SHAPES[severity]}
    </svg>
  );
}

export function SeverityMark({ severity }: { severity: SeverityName }) {
  const { t } = useTranslation();
  return (
    <span className="severity">
      <SeverityIcon severity={severity} />
      <span style={{ color: `var(--severity-${severity})` }}>{t(`severity.name.${severity}`)}</span>
    </span>
  );
}
