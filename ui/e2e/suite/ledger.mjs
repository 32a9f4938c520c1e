/** The Ledger page in every state, verifying with its progress, a proof as a file, links from outside. */
import { existsSync, readFileSync } from "node:fs";
import { axe, equal, fail, fits, id, until } from "../page.mjs";

const LOOKS = [
  ["pt-BR", "dark"],
  ["pt-BR", "light"],
  ["en", "dark"],
  ["en", "light"],
];

const shown = (page, state) =>
  page.locator(`[data-testid="ledger"][data-state="${state}"] .ledger-state`).waitFor();

/** Answers a command with what `change` makes of the console's own answer: to hold a passing state still. */
async function hold(page, name, change) {
  await page.route(`**/command/${name}`, async (route) => {
    const reply = await route.fetch();
    await route.fulfill({ response: reply, json: change(await reply.json()) });
  });
}

async function everyLook({ open, settle, shoot }, world, name, state, prepare = async () => undefined) {
  for (const width of [1280, 1920]) {
    const page = await open(world, { width, at: "/overview" });
    await prepare(page);
    for (const [language, theme] of LOOKS) {
      await settle(page, { language, theme });
      await page.evaluate(() => {
        window.location.hash = "#/ledger";
      });
      await shown(page, state);
      await axe(page, `the ledger, ${name}, in ${theme} and ${language} at ${width}`);
      await fits(page, `the ledger, ${name}, at ${width}`);
      await shoot(`ledger-${name}-${language}-${theme}-${width}`);
    }
  }
}

const running = (jobs, name, phase, done, total) => [
  {
    id: 99,
    kind: "verify",
    name,
    started_at: "2026-11-21T12:00:00Z",
    done,
    total,
    phase,
    state: { state: "running" },
  },
  ...jobs,
];

export const ledgerTests = [
  {
    name: "the ledger says on what trust rests, in every look and width",
    async run(world) {
      const host = await world.host("--ready", "--sample");
      const page = await world.open(host, { at: "/ledger" });
      await shown(page, "verified");
      await id(page, "verify-start").click();
      await until(
        page,
        () => document.querySelector('[data-testid="verification"]')?.dataset.state === "done",
        "the verification is done",
      );
      await everyLook(world, host, "verified", "verified");
    },
  },
  {
    name: "verifying shows its two parts, and what it found out is written into the history",
    async run({ host, open, shoot }) {
      const page = await open(await host("--ready", "--sample"), {
        at: "/ledger",
        settings: { language: "en", theme: "dark" },
      });
      await shown(page, "verified");
      const before = await id(page, "trust-event").count();
      await id(page, "verify-start").click();
      await page.getByText("Everything is unchanged.").waitFor();
      await until(
        page,
        (count) => document.querySelectorAll('[data-testid="trust-event"]').length > count,
        "the history has a line more",
        before,
      );
      equal(await id(page, "trust-event").first().getAttribute("data-what"), "checked", "the newest line");
      if (!/\d+ entries in/.test(await id(page, "ledger-full").innerText())) fail("no whole check is told");
      await shoot("ledger-checked-en-dark-1280");
    },
  },
  {
    name: "the ledger while verifying, in every look and width",
    async run(world) {
      const host = await world.host("--ready", "--sample");
      let done = 1_200;
      let origin = "";
      await everyLook(world, host, "verifying", "verified", async (page) => {
        await hold(page, "ledger", (ledger) => {
          origin = ledger.key.origin;
          return ledger;
        });
        await hold(page, "jobs", (jobs) => {
          done += 350;
          return running(jobs, origin, "fetch", done, 5_400);
        });
      });
    },
  },
  {
    name: "the ledger before anything was checked, in every look and width",
    async run(world) {
      const host = await world.host("--ready");
      await everyLook(world, host, "unchecked", "unchecked", async (page) => {
        await hold(page, "status", (status) => ({ ...status, integrity: { state: "unchecked" } }));
        await hold(page, "ledger", (ledger) => ({
          ...ledger,
          note: null,
          seen: [],
          seen_total: 0,
          first: null,
        }));
      });
    },
  },
  {
    name: "the ledger of a platform that holds nothing but its own beginning",
    async run(world) {
      const host = await world.host("--ready");
      await everyLook(world, host, "empty", "verified");
    },
  },
  {
    name: "the ledger without the platform still says what holds",
    async run(world) {
      const host = await world.host("--ready", "--sample");
      const page = await world.open(host, { at: "/ledger" });
      await shown(page, "verified");
      await host.tell("offline");
      await id(page, "offline-banner").waitFor();
      await everyLook(world, host, "offline", "verified");
    },
  },
  {
    name: "the ledger that does not verify says what to do, and gives the text for support",
    async run(world) {
      const host = await world.host("--ready", "--sample");
      const page = await world.open(host, { at: "/ledger", settings: { language: "en" } });
      await shown(page, "verified");
      await host.tell("tamper");
      await id(page, "verify-start").click();
      await shown(page, "broken");
      await id(page, "copy-support").click();
      const text = await page.evaluate(() => navigator.clipboard.readText());
      for (const word of ["entry_changed", "Entry: 12", "evidence-", "Trusted key: "]) {
        if (!text.includes(word)) fail(`the text for support lacks ${word}: ${text}`);
      }
      equal(await id(page, "trust-event").first().getAttribute("data-what"), "found", "the newest line");
      await everyLook(world, host, "broken", "broken");
    },
  },
  {
    name: "the proof of an event is saved as a file that names no path of the page's",
    async run({ host, open, shoot }) {
      const world = await host("--ready", "--sample");
      const page = await open(world, {
        at: "/events/20?tab=proof",
        settings: { language: "en", theme: "dark" },
      });
      await id(page, "proof-export").click();
      const saved = id(page, "proof-saved");
      await saved.waitFor();
      const path = await saved.getAttribute("data-path");
      if (!/vigia-event-20(-\d+)?\.tlog-proof$/.test(path ?? "")) fail(`the proof is saved as ${path}`);
      if (!existsSync(path)) fail(`${path} is not there`);
      const text = readFileSync(path, "utf8");
      if (!text.startsWith("c2sp.org/tlog-proof@v1\n")) fail(`the file begins with ${text.slice(0, 40)}`);
      await axe(page, "the proof with its file");
      await shoot("proof-saved-en-dark-1280");
      await page.evaluate(() => {
        window.location.hash = "#/ledger";
      });
      await id(page, "proof-seq").fill("21");
      await id(page, "proof-save").click();
      await until(
        page,
        () => /event-21/.test(document.querySelector('[data-testid="proof-saved"]')?.dataset.path ?? ""),
        "the proof of event 21 is saved",
      );
      await id(page, "proof-seq").fill("99999999");
      equal(await id(page, "proof-save").isDisabled(), true, "an event that is not there");
    },
  },
  {
    name: "a link from outside opens its page, and only that",
    async run({ host, open }) {
      const world = await host("--ready", "--sample");
      const page = await open(world, { at: "/overview", settings: { language: "en" } });
      await world.tell("link vigia://event/12");
      await page.locator('[data-testid="detail"][data-seq="12"]').waitFor();
      await world.tell("link vigia://ledger");
      await shown(page, "verified");
      await world.tell("link vigia://events?q=kind%3Aauth.login.failed");
      await page.locator('[data-testid="events-total"][data-query="kind:auth.login.failed"]').waitFor();
    },
  },
  {
    name: "the link of an event is copied, by its button and from the palette",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), {
        at: "/events/12",
        settings: { language: "en" },
      });
      await page.getByRole("button", { name: "Copy the link to this event" }).click();
      equal(await page.evaluate(() => navigator.clipboard.readText()), "vigia://event/12", "the clipboard");
    },
  },
  {
    name: "what the console does outside of its window is set and kept",
    async run({ host, open, settle, shoot }) {
      const page = await open(await host("--ready"), { at: "/settings/desktop" });
      for (const [language, theme] of LOOKS) {
        await settle(page, { language, theme });
        await id(page, "desktop-tray").waitFor();
        await axe(page, `the desktop's settings in ${theme} and ${language}`);
        await shoot(`settings-desktop-${language}-${theme}-1280`);
      }
      equal(await id(page, "desktop-tray-state").getAttribute("data-tray"), "false", "a tray");
      // It shows the other state once that is saved.
      await id(page, "desktop-notify_connection").click();
      await page.locator('[data-testid="desktop-notify_connection"]:not(:checked)').waitFor();
      await page.reload();
      await id(page, "desktop-notify_connection").waitFor();
      equal(await id(page, "desktop-notify_connection").isChecked(), false, "the switch");
      equal(await id(page, "desktop-notify_integrity").isChecked(), true, "the other switch");
    },
  },
];
