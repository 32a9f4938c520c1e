/**
 * Keys as text: `Mod+k`, `g o`, `?`, `Escape`. Pure; `Mod` is Control, and Command on a Mac.
 */

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const NAMED = new Set(["Enter", "Escape", "Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", " "]);

/** One press as text; `null` for a modifier alone. */
export function keyText(press: Press): string | null {
  if (["Control", "Meta", "Alt", "Shift", "AltGraph", "Dead"].includes(press.key)) return null;
  const mod = press.ctrlKey || press.metaKey ? "Mod+" : "";
  const alt = press.altKey ? "Alt+" : "";
  // Letters carry Shift in their case; only named keys need it said.
  const shift = press.shiftKey && NAMED.has(press.key) ? "Shift+" : "";
  return `${mod}${alt}${shift}${mod ? press.key.toLowerCase() : press.key}`;
}

export type Match = { kind: "run"; keys: string } | { kind: "wait"; pressed: string } | { kind: "none" };

/** What a press means, given the presses before it that wait for more. */
export function matchKeys(known: readonly string[], before: string, pressed: string): Match {
  for (const sequence of before ? [`${before} ${pressed}`, pressed] : [pressed]) {
    if (known.includes(sequence)) return { kind: "run", keys: sequence };
    if (known.some((keys) => keys.startsWith(`${sequence} `))) return { kind: "wait", pressed: sequence };
  }
  return { kind: "none" };
}

const SHOWN: Record<string, string> = {
  Mod: "Ctrl",
  Escape: "Esc",
  Enter: "Enter",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

/** The caps to draw: `["Ctrl", "K"]`; a sequence has several. */
export function caps(keys: string): string[][] {
  return keys.split(" ").map((press) =>
    press.split("+").map((part, index, all) => {
      const shown = SHOWN[part] ?? part;
      return all.length > 1 && index === all.length - 1 && shown.length === 1 ? shown.toUpperCase() : shown;
    }),
  );
}
