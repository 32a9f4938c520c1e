/** What can be found against a log: the closed words that `shell.broken.*` says. */

export const FINDINGS = [
  "root_mismatch",
  "fork",
  "entry_changed",
  "entry_missing",
  "shrunk",
  "key_changed",
  "bad_signature",
  "commitment_mismatch",
  "local_copy_changed",
] as const;

/** A word that this window does not know yet is said in general. */
export function findingOf(word: string): (typeof FINDINGS)[number] | "other" {
  return FINDINGS.find((known) => known === word) ?? "other";
}
