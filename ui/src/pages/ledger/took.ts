/** How long something took, short enough for a line. Pure. */

export function tookText(milliseconds: number, number: Intl.NumberFormat): string {
  if (milliseconds < 10_000) return `${number.format(Math.max(0.1, Math.round(milliseconds / 100) / 10))} s`;
  return secondsText(milliseconds / 1000);
}

/** `40 s`, `3 min`, `2 h`. */
export function secondsText(seconds: number): string {
  if (seconds >= 7200) return `${Math.round(seconds / 3600)} h`;
  if (seconds >= 90) return `${Math.round(seconds / 60)} min`;
  return `${Math.max(1, Math.round(seconds))} s`;
}
