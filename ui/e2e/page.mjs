/** What a test is given: hosts, pages, assertions that wait, axe, screenshots. All end with the test. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { startHost } from "./host.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WAIT_MS = 20_000;

export function fail(text) {
  throw new Error(text);
}

export function equal(found, wanted, what) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    fail(`${what}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  }
}

/** Waits until `probe` gives something true. Asks the page each frame: nothing sleeps. */
export async function until(page, probe, what, argument) {
  try {
    return await page.waitForFunction(probe, argument, { timeout: WAIT_MS, polling: "raf" });
  } catch (error) {
    throw new Error(`${what} (waited ${WAIT_MS} ms)`, { cause: error });
  }
}

export const id = (page, testId) => page.locator(`[data-testid="${testId}"]`);

/** Sets what the window keeps in its settings, through the window's own command. */
async function settle(page, settings) {
  await page.evaluate(async (change) => {
    const token = sessionStorage.getItem("vigia-token") ?? "";
    const call = async (name, request) => {
      const headers = { "content-type": "application/json", "x-vigia-token": token };
      const reply = await fetch(`/command/${name}`, {
        method: "POST",
        headers,
        body: JSON.stringify(request),
      });
      return reply.json();
    };
    const now = await call("settings_get", null);
    await call("settings_set", { ...now, ...change });
  }, settings);
  await page.reload();
}

export function pageFor(browser, artifacts) {
  const ends = [];
  const complaints = [];
  let newest;
  return {
    async host(...flags) {
      const host = await startHost(...flags);
      ends.push(() => host.stop());
      return host;
    },
    /** A window of this host; `at` is the address inside it. */
    async open(host, { width = 1280, at = "", settings } = {}) {
      const height = width >= 1900 ? 1080 : 800;
      const context = await browser.newContext({
        viewport: { width, height },
        timezoneId: "America/Sao_Paulo",
        locale: "en-US",
        reducedMotion: "reduce",
        permissions: ["clipboard-read", "clipboard-write"],
      });
      const page = await context.newPage();
      page.setDefaultTimeout(WAIT_MS);
      newest = page;
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        // A refused command is an answer, not a fault of the window.
        if (message.type() === "error" && !/status of [45]\d\d/.test(message.text()))
          complaints.push(message.text());
      });
      ends.unshift(() => context.close());
      await page.goto(at ? `${host.url}#${at}` : host.url);
      await page.waitForSelector("#root h1, #root .empty");
      if (settings) await settle(page, settings);
      return page;
    },
    settle,
    /** Fails where the page broke its own rules: errors, refused scripts or styles. */
    complain() {
      if (complaints.length > 0) fail(`the page complained: ${complaints.join("; ")}`);
    },
    async shoot(name) {
      await newest?.screenshot({ path: `${artifacts}${name.replaceAll(/[^\w-]+/g, "-")}.png` });
    },
    async end() {
      for (const end of ends) await end();
    },
  };
}

/** Everything axe finds against WCAG 2.2 AA. */
export async function axe(page, what) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const result = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return result.violations.map(
      (one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`,
    );
  });
  equal(found, [], `axe on ${what}`);
}

/** The page is no wider than the window. */
export async function fits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (over > 0) fail(`${what} is ${over} px wider than the window`);
}

export const filled = {
  overview: (page) =>
    until(
      page,
      () =>
        Number(document.querySelector('[data-testid="overview-events"]')?.dataset.value) > 0 &&
        document.querySelectorAll('[data-testid="chart"][data-ready="true"] svg path').length > 20,
      "the Overview is drawn",
    ),
  events: (page) =>
    until(
      page,
      () =>
        document.querySelector('[data-testid="event-row"][data-seq]') &&
        document.querySelector(".chart svg path"),
      "the events are listed",
    ),
  total: (page, query) =>
    until(
      page,
      (wanted) => {
        const total = document.querySelector('[data-testid="events-total"]');
        return total?.dataset.query === wanted && total.dataset.value !== undefined;
      },
      `the answer to ${query}`,
      query,
    ),
};

export const totalOf = async (page) => Number(await id(page, "events-total").getAttribute("data-value"));
export const queryOf = (page) => new URLSearchParams(new URL(page.url()).hash.split("?")[1] ?? "").get("q");
/** A part of the address, as the router writes it. */
export const partOf = (page, name) =>
  new URLSearchParams(new URL(page.url()).hash.split("?")[1] ?? "").get(name);
