/**
 * Every action of the window, registered by the page or part that owns it, so that palette, help and
 * keys follow one list. Also the layers that Escape closes, topmost first.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { keyText, matchKeys } from "./keys";

export type Group = "go" | "look" | "time" | "do" | "event" | "table";

export interface Action {
  id: string;
  group: Group;
  label: string;
  /** As in `keys.ts`. */
  keys?: string;
  /** Only a key: not offered in the palette. */
  quiet?: boolean;
  run(): void;
}

/** A sequence is forgotten after this long. */
const SEQUENCE_MS = 1200;

let registered = new Map<symbol, Action[]>();
let snapshot: Action[] = [];
const listeners = new Set<() => void>();
const layers: (() => void)[] = [];
let waiting = "";
let waitingSince = 0;

function announce(): void {
  snapshot = [...registered.values()].flat();
  for (const listener of listeners) listener();
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** Offers these actions as long as the caller is on the page. */
export function useActions(actions: Action[]): void {
  const newest = useRef(actions);
  newest.current = actions;
  // The list changes when ids, labels or keys do; `run` is always the newest.
  const shape = actions.map((action) => `${action.id}\t${action.label}\t${action.keys ?? ""}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the list
  useEffect(() => {
    const owner = Symbol("actions");
    registered = new Map(registered).set(
      owner,
      newest.current.map((action) => ({
        ...action,
        run: () => newest.current.find((other) => other.id === action.id)?.run(),
      })),
    );
    announce();
    return () => {
      registered = new Map(registered);
      registered.delete(owner);
      announce();
    };
  }, [shape]);
}

export function useAllActions(): Action[] {
  return useSyncExternalStore(subscribe, () => snapshot);
}

/** While `open`, Escape closes this before everything below it. */
export function useLayer(open: boolean, close: () => void): void {
  const newest = useRef(close);
  newest.current = close;
  useEffect(() => {
    if (!open) return;
    const layer = () => newest.current();
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
    };
  }, [open]);
}

function isEditable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select"))
  );
}

function activates(target: EventTarget | null, key: string): boolean {
  return (
    (key === "Enter" || key === " ") &&
    target instanceof HTMLElement &&
    target.matches("button, a, summary, input")
  );
}

/** Listens for keys. Used once, at the root. */
export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const pressed = keyText(event);
  if (!pressed) return;
  if (pressed === "Escape") {
    const top = layers.at(-1);
    if (top) {
      event.preventDefault();
      top();
    } else if (event.target instanceof HTMLElement) {
      event.target.blur();
    }
    return;
  }
  const modal = document.querySelector("[aria-modal=true]") !== null;
  if (
    !pressed.startsWith("Mod+") &&
    (modal || isEditable(event.target) || activates(event.target, event.key))
  )
    return;
  const before = event.timeStamp - waitingSince < SEQUENCE_MS ? waiting : "";
  const known = snapshot.flatMap((action) => (action.keys ? [action.keys] : []));
  const match = matchKeys(known, before, pressed);
  waiting = match.kind === "wait" ? match.pressed : "";
  waitingSince = event.timeStamp;
  if (match.kind !== "run") return;
  event.preventDefault();
  snapshot.find((action) => action.keys === match.keys)?.run();
}
