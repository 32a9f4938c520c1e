import { describe, expect, test } from "vitest";
import { caps, keyText, matchKeys, type Press } from "./keys";
import { score } from "./match";

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe("keys", () => {
  const known = ["g o", "g e", "j", "F", "Mod+k", "?", "Shift+ArrowDown"];

  test("are written with their modifiers", () => {
    expect(keyText(press("K", { ctrlKey: true, shiftKey: true }))).toBe("Mod+k");
    expect(keyText(press("F", { shiftKey: true }))).toBe("F");
    expect(keyText(press("ArrowDown", { shiftKey: true }))).toBe("Shift+ArrowDown");
    expect(keyText(press("Shift"))).toBeNull();
  });

  test("of a sequence wait for the second", () => {
    expect(matchKeys(known, "", "g")).toEqual({ kind: "wait", pressed: "g" });
    expect(matchKeys(known, "g", "o")).toEqual({ kind: "run", keys: "g o" });
  });

  test("that end a sequence wrongly count for themselves", () => {
    expect(matchKeys(known, "g", "j")).toEqual({ kind: "run", keys: "j" });
    expect(matchKeys(known, "g", "q")).toEqual({ kind: "none" });
  });

  test("are drawn as caps", () => {
    expect(caps("Mod+k")).toEqual([["Ctrl", "K"]]);
    expect(caps("g o")).toEqual([["g"], ["o"]]);
  });
});

describe("a command", () => {
  test("is found without its accents, from inside and with letters left out", () => {
    expect(score("visao", "Visão geral")).toBeGreaterThan(0);
    expect(score("geral", "Visão geral")).toBeGreaterThan(score("vgl", "Visão geral"));
    expect(score("vgl", "Visão geral")).toBeGreaterThan(0);
    expect(score("xyz", "Visão geral")).toBe(0);
  });
});
