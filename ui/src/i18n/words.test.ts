import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { CODES } from "../api/generated/commands";
import { en } from "./en";
import { systemLanguage } from "./index";
import { ptBr } from "./pt-br";

interface Texts {
  [part: string]: string | Texts;
}

function flat(texts: Texts, before = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [part, value] of Object.entries(texts)) {
    const key = before ? `${before}.${part}` : part;
    if (typeof value === "string") found.set(key, value);
    else for (const [inner, text] of flat(value, key)) found.set(inner, text);
  }
  return found;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".test.ts") ? [readFileSync(path, "utf8")] : [];
  });
}

const english = flat(en);
const portuguese = flat(ptBr);
const gaps = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

describe("the two languages", () => {
  test("have the same keys", () => {
    expect([...portuguese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test("leave the same gaps in every text, and no text is empty", () => {
    for (const [key, text] of english) {
      expect(text.trim(), key).not.toBe("");
      expect(portuguese.get(key)?.trim(), key).not.toBe("");
      expect(gaps(portuguese.get(key) ?? ""), key).toEqual(gaps(text));
    }
  });

  test("write keys as area.part.phrase", () => {
    for (const key of english.keys()) expect(key).toMatch(/^[a-z]+\.[a-z]+\.[a-z0-9_]+$/);
  });
});

describe("every code of a problem", () => {
  test.each(CODES)("%s is said and advised upon in both languages", (code) => {
    for (const texts of [english, portuguese]) {
      expect(texts.get(`problem.code.${code}`)).toBeTruthy();
      expect(texts.get(`problem.do.${code}`)).toBeTruthy();
    }
  });

  test("has no translation left over", () => {
    const said = [...english.keys()].filter((key) => key.startsWith("problem.code."));
    expect(said.sort()).toEqual(CODES.map((code) => `problem.code.${code}`).sort());
  });
});

test("every finding that can break the log has its sentence", () => {
  const rust = readFileSync(new URL("../../../crates/desk/src/view/status.rs", import.meta.url), "utf8");
  const doc = rust.split("What does not fit, as a closed word:")[1]?.split("finding: String")[0] ?? "";
  const words = [...doc.matchAll(/`([a-z_]+)`/g)].map((match) => match[1]);
  expect(words.length).toBeGreaterThan(5);
  for (const word of words) expect(english.has(`shell.broken.${word}`), word).toBe(true);
});

test("every key is used somewhere", () => {
  const text = sources(fileURLToPath(new URL("..", import.meta.url))).join("\n");
  // Keys that are put together: `severity.name.${severity}` marks all of its part as used.
  const made = [...text.matchAll(/`([a-z]+\.[a-z]+)\.(\w*)\$\{/g)].map((match) => `${match[1]}.${match[2]}`);
  const unused = [...english.keys()].filter(
    (key) => !text.includes(`"${key}"`) && !made.some((start) => key.startsWith(start)),
  );
  expect(unused.filter((key) => !key.endsWith("_one"))).toEqual([]);
});

test("the system's language is Portuguese for any Portuguese and English for the rest", () => {
  expect(systemLanguage(["pt-PT", "en"])).toBe("pt-BR");
  expect(systemLanguage(["de"])).toBe("en");
  expect(systemLanguage([])).toBe("en");
});
