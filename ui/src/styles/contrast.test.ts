import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { contrast, parseOklch, type Rgb } from "./color";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function tokensOf(theme: string): Map<string, Rgb> {
  const block = css.split(`:root[data-theme="${theme}"] {`)[1]?.split("\n}")[0] ?? "";
  const found = new Map<string, Rgb>();
  for (const [, name, value] of block.matchAll(/(--[\w-]+):\s*([^;]+);/g)) {
    const rgb = parseOklch(value ?? "");
    if (name && rgb) found.set(name, rgb);
  }
  return found;
}

const SEVERITIES = ["fatal", "critical", "high", "medium", "low", "info", "unknown"];
const TEXT = ["text-1", "text-2", "text-3", "accent", "positive", "negative", "warning"];
const SURFACES = ["surface-0", "surface-1", "surface-2"];

describe.each(["dark", "light"])("the %s theme", (theme) => {
  const tokens = tokensOf(theme);
  const ratio = (one: string, other: string) => {
    const [a, b] = [tokens.get(`--${one}`), tokens.get(`--${other}`)];
    if (!a || !b) throw new Error(`no token --${one} or --${other}`);
    return contrast(a, b);
  };

  test.each(TEXT.flatMap((text) => SURFACES.map((surface) => [text, surface] as const)))(
    "%s can be read on %s",
    (text, surface) => expect(ratio(text, surface)).toBeGreaterThanOrEqual(4.5),
  );

  test.each(
    SEVERITIES.flatMap((severity) =>
      ["surface-1", "surface-2", "accent-soft"].map((surface) => [severity, surface] as const),
    ),
  )("severity %s can be read on %s", (severity, surface) => {
    expect(ratio(`severity-${severity}`, surface)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["text-2", "text-3"])("%s can be read on a selected row", (text) => {
    expect(ratio(text, "accent-soft")).toBeGreaterThanOrEqual(4.5);
  });

  test.each([
    ["on-accent", "accent-strong"],
    ["on-negative", "negative-strong"],
    ["text-1", "surface-3"],
    ["text-1", "accent-soft"],
    ["text-1", "negative-soft"],
    ["text-1", "warning-soft"],
    ["accent", "accent-soft"],
  ])("%s can be read on %s", (text, surface) => {
    expect(ratio(text, surface)).toBeGreaterThanOrEqual(4.5);
  });

  test("the edge of a control can be seen on every surface it lies on", () => {
    for (const surface of ["surface-0", "surface-1"])
      expect(ratio("line-strong", surface)).toBeGreaterThanOrEqual(3);
  });

  test("each of the eight chart hues stands out from the card", () => {
    for (let hue = 1; hue <= 8; hue += 1)
      expect(ratio(`chart-${hue}`, "surface-1")).toBeGreaterThanOrEqual(3);
  });
});
