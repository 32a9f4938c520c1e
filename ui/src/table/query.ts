/**
 * Editing a query as text: adding and excluding terms, and what can be completed at the caret.
 * Pure. What a query means is the desk's business; nothing is parsed here beyond words and quotes.
 */
import type { QueryField } from "../api/generated/QueryField";

/** Whether the text holds an OR outside of brackets, so that a further term needs brackets around it. */
function isAlternative(query: string): boolean {
  return /\sOR\s/.test(query.replace(/"[^"]*"|\([^)]*\)|\[[^\]]*\]/g, ""));
}

/** The query with a further term; unchanged where the term already stands there. */
export function withTerm(query: string, term: string, exclude: boolean): string {
  const wrapped = exclude && /\s/.test(term.replace(/"[^"]*"/g, "")) ? `(${term})` : term;
  const added = exclude ? `-${wrapped}` : term;
  const opposite = exclude ? term : `-${wrapped}`;
  const rest = query.trim();
  const words = rest.split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  if (words.includes(added)) return rest;
  const kept = isAlternative(rest) ? `(${rest})` : words.filter((word) => word !== opposite).join(" ");
  return `${kept} ${added}`.trim();
}

/** A value as it stands after `field:`; quoted where it is not one plain word. */
export function quoted(value: string): string {
  return /^[\p{L}\p{N}._@/*-]+$/u.test(value) && !/^(AND|OR|NOT)$/.test(value) && !value.startsWith("-")
    ? value
    : `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

export interface Suggestion {
  /** What the list shows. */
  label: string;
  /** What the query becomes. */
  query: string;
  caret: number;
}

/** At most this many are listed. */
const MAX_SUGGESTIONS = 10;

/** What could stand where the caret is: fields, or values after `field:`. */
export function suggestions(query: string, caret: number, fields: readonly QueryField[]): Suggestion[] {
  const before = query.slice(0, caret);
  const start = Math.max(...[" ", "(", "\t"].map((stop) => before.lastIndexOf(stop))) + 1;
  const token = before.slice(start).replace(/^-/, "");
  const from = caret - token.length;
  const after = query.slice(caret);
  if (token === "" || /^\S/.test(after) || (before.match(/"/g)?.length ?? 0) % 2 === 1) return [];
  const put = (text: string): Suggestion => {
    const head = `${query.slice(0, from)}${text}`;
    return {
      label: text.trim(),
      query: `${head}${text.endsWith(" ") ? after.replace(/^ /, "") : after}`,
      caret: head.length,
    };
  };
  const parts = /^([\w.]+)(:|>=|<=|>|<)(.*)$/.exec(token);
  if (!parts) {
    const typed = token.toLowerCase();
    const starting = fields.filter((field) => field.name.startsWith(typed));
    const inside = fields.filter((field) => !field.name.startsWith(typed) && field.name.includes(typed));
    return [...starting, ...inside].slice(0, MAX_SUGGESTIONS).map((field) => put(`${field.name}:`));
  }
  const [, name, sign, typed] = parts;
  const field = fields.find((one) => one.name === name);
  const wanted = (typed ?? "").toLowerCase();
  return (field?.values ?? [])
    .filter((value) => value.toLowerCase().includes(wanted) && value.toLowerCase() !== wanted)
    .sort((a, b) => Number(b.toLowerCase().startsWith(wanted)) - Number(a.toLowerCase().startsWith(wanted)))
    .slice(0, MAX_SUGGESTIONS)
    .map((value) => put(`${name}${sign}${quoted(value)} `));
}
