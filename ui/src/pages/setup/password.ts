/** The rules for a password and a rough guess at its strength. Pure; the platform has the last word. */

export const MIN_CHARS = 12;

export type Rule = "length" | "email" | "variety" | "same";

/** One period that repeats through the whole text: `aaaaaa`, `abcabcabcabc`. */
function repeats(text: string): boolean {
  return text.length > 1 && (text + text).slice(1, -1).includes(text);
}

/** Which rules the password meets. */
export function rulesMet(password: string, again: string, email: string): Record<Rule, boolean> {
  const name = email.split("@")[0]?.toLowerCase() ?? "";
  const lower = password.toLowerCase();
  return {
    length: [...password].length >= MIN_CHARS,
    email: password !== "" && (name.length < 3 || !lower.includes(name)),
    variety: password !== "" && !repeats(lower) && new Set(lower).size >= 5,
    same: password !== "" && password === again,
  };
}

/** From 0 (very weak) to 4 (strong): length and kinds of characters, less what repeats or counts up. */
export function strength(password: string): 0 | 1 | 2 | 3 | 4 {
  const characters = [...password];
  const pools: [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[^a-zA-Z\d]/, 33],
  ];
  const pool = pools.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  const telling = characters.filter((character, index) => {
    const before = characters[index - 1]?.codePointAt(0) ?? -10;
    const step = (character.codePointAt(0) ?? 0) - before;
    return Math.abs(step) > 1;
  }).length;
  const bits = repeats(password.toLowerCase()) ? 0 : telling * Math.log2(Math.max(pool, 2));
  if (bits < 28) return 0;
  if (bits < 45) return 1;
  if (bits < 60) return 2;
  return bits < 80 ? 3 : 4;
}

export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text.trim());
}
