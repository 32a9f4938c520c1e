/** How well a command fits what was typed. Pure. */

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Higher is better; 0 is no match. Accents and case do not count; letters may be left out. */
export function score(typed: string, label: string): number {
  const wanted = plain(typed.trim());
  const text = plain(label);
  if (!wanted) return 1;
  if (text.startsWith(wanted)) return 100;
  if (text.split(/\s+/).some((word) => word.startsWith(wanted))) return 80;
  if (text.includes(wanted)) return 60;
  let at = 0;
  for (const letter of wanted) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return 0;
  }
  return 20;
}
