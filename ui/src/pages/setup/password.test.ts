import { expect, test } from "vitest";
import { looksLikeEmail, rulesMet, strength } from "./password";

test("a password needs twelve characters, counted as people count them", () => {
  expect(rulesMet("ãéîõüãéîõüã", "", "").length).toBe(false);
  expect(rulesMet("ãéîõüãéîõüãx", "", "").length).toBe(true);
});

test("a password must not contain the name in the e-mail, unless that is too short to tell", () => {
  expect(rulesMet("xxMARIANA-2026x", "", "mariana@example.com").email).toBe(false);
  expect(rulesMet("janela azul 42", "", "a@example.com").email).toBe(true);
});

test("a pattern repeated is not a password", () => {
  expect(rulesMet("abcdefabcdef", "", "").variety).toBe(false);
  expect(rulesMet("aaaaaaaaaaaa", "", "").variety).toBe(false);
  expect(rulesMet("janela azul 42", "", "").variety).toBe(true);
});

test("both fields must say the same", () => {
  expect(rulesMet("janela azul 42", "janela azul 43", "").same).toBe(false);
  expect(rulesMet("", "", "").same).toBe(false);
});

test("strength grows with length and variety, and counting up is worth little", () => {
  expect(strength("123456789012")).toBe(0);
  expect(strength("abcabcabcabc")).toBe(0);
  expect(strength("janela azul 42")).toBeGreaterThanOrEqual(3);
  expect(strength("Qm7!vexa-Lundo?93")).toBe(4);
});

test("an e-mail address has something on both sides of one @", () => {
  expect(looksLikeEmail("ana@example.com")).toBe(true);
  expect(looksLikeEmail("ana")).toBe(false);
});
