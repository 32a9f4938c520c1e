/** Around the search: columns, saved and recent searches, export, charts as files, long work. */
import { readFileSync } from "node:fs";
import { axe, equal, fail, filled, id, partOf, totalOf, until } from "../page.mjs";

const ready = ["--ready", "--sample"];

async function atEvents({ host, open }, more = "") {
  const page = await open(await host(...ready), { at: `/events${more}`, settings: { language: "en" } });
  await filled.events(page);
  return page;
}

/** Runs a command of the console, as the window does. */
const command = (page, name, request) =>
  page.evaluate(
    async ([what, body]) => {
      const token = sessionStorage.getItem("vigia-token") ?? "";
      const headers = { "content-type": "application/json", "x-vigia-token": token };
      const reply = await fetch(`/command/${what}`, { method: "POST", headers, body });
      const answer = await reply.json();
      if (!reply.ok) throw new Error(`${what}: ${JSON.stringify(answer)}`);
      return answer;
    },
    [name, JSON.stringify(request)],
  );

/** The names of the columns, in the order in which they stand. */
const columnsOf = (page) =>
  page
    .locator('.grid-head [role="columnheader"][data-column]')
    .evaluateAll((all) => all.map((one) => one.dataset.column));

async function saved(page) {
  const job = page.locator('[data-testid="job"][data-state="done"]').nth(0);
  await job.waitFor();
  // As long as the pointer rests on it, it stays unfolded.
  await id(page, "jobs").hover();
  return job.locator('[data-testid="job-path"]').innerText();
}

async function exported(page, format) {
  await id(page, "export").click();
  await id(page, "export-begin").waitFor();
  await page.getByRole("dialog").getByText(format, { exact: true }).first().click();
  await id(page, "export-begin").click();
  return saved(page);
}

export const searchTests = [
  {
    name: "an export holds exactly what the search finds, and is an event itself",
    async run(world) {
      const page = await atEvents(world, "?q=kind%3Aauth.login.failed");
      const total = await totalOf(page);
      const path = await exported(page, "NDJSON");
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      equal(lines.length, total, "lines of the file");
      const kinds = new Set(lines.map((line) => JSON.parse(line).kind));
      equal([...kinds], ["auth.login.failed"], "kinds in the file");
      await id(page, "search-input").fill("kind:events.exported");
      await id(page, "search-input").press("Enter");
      await filled.total(page, "kind:events.exported");
      await until(
        page,
        () => {
          document.querySelector(".fresh")?.click();
          return document.querySelector('[data-testid="event-row"][data-seq]');
        },
        "the event that tells of the export",
      );
      await id(page, "event-row").nth(0).locator('[data-column="kind"]').click();
      const field = page.locator('[data-testid="detail-field"][data-field="details.query"]');
      equal(await field.locator("dd").first().innerText(), "kind:auth.login.failed", "the query it tells");
    },
  },
  {
    name: "a sheet has the columns of the table in their order, for Excel with a mark",
    async run(world) {
      const page = await atEvents(world, "?q=service%3Asshd");
      const columns = await columnsOf(page);
      const total = await totalOf(page);
      await page.keyboard.press("e");
      await id(page, "export-begin").waitFor();
      await page.getByLabel(/byte order mark/).check();
      await axe(page, "the export");
      await world.shoot("browser-export");
      await id(page, "export-begin").click();
      const bytes = readFileSync(await saved(page));
      equal([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf], "the mark");
      const text = bytes.toString("utf8").slice(1);
      equal(text.split("\r\n")[0], columns.join(","), "the heading");
      if (text.trimEnd().split("\r\n").length < total + 1) fail("lines are missing");
    },
  },
  {
    name: "long work survives a change of pages, is taken off the list, and the files stay",
    async run(world) {
      const page = await atEvents(world);
      const path = await exported(page, "JSON");
      await page.keyboard.press("g");
      await page.keyboard.press("o");
      await filled.overview(page);
      await axe(page, "the Overview with long work");
      equal(await id(page, "job-path").innerText(), path, "the path on another page");
      await page.getByRole("button", { name: "Fold the tasks" }).click();
      await id(page, "job").waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Unfold the tasks" }).click();
      await page.getByRole("button", { name: /off the list$/ }).click();
      await id(page, "jobs").waitFor({ state: "hidden" });
      if (!Array.isArray(JSON.parse(readFileSync(path, "utf8")))) fail("the file is no list");
    },
  },
  {
    name: "who may not export is told which permission is missing",
    async run({ host, open }) {
      const page = await open(await host(...ready), { settings: { language: "en" } });
      // What the desk of a viewer says; the desk itself refuses as well (tests/desk/export.rs).
      await page.route("**/command/status", async (route) => {
        const reply = await route.fetch();
        const status = await reply.json();
        status.profile.permissions = ["events:read", "session:read"];
        await route.fulfill({ response: reply, json: status });
      });
      await page.goto(page.url().replace(/#.*/, "#/events"));
      await page.reload();
      await filled.events(page);
      await id(page, "export").click();
      await id(page, "export-begin").waitFor();
      equal(await id(page, "export-begin").isDisabled(), true, "the button");
      await page.getByText("You need the permission events:export").first().waitFor();
    },
  },
  {
    name: "columns are added, moved, widened and kept, by keyboard alone",
    async run(world) {
      const page = await atEvents(world, "?q=source.country%3A*");
      await page.keyboard.press("C");
      await id(page, "columns").waitFor();
      await axe(page, "the columns");
      await page.getByRole("textbox", { name: /^Add a field/ }).fill("trace");
      await page.keyboard.press("Enter");
      await page.getByRole("textbox", { name: /^Add a field/ }).fill("source.country");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Escape");
      await id(page, "columns").waitFor({ state: "hidden" });
      await until(
        page,
        () =>
          [...document.querySelectorAll(".grid-head [data-column]")]
            .slice(-2)
            .map((column) => column.dataset.column)
            .join() === "trace_id,source.country",
        "the new columns",
      );
      await until(
        page,
        () => document.querySelector('[data-testid="event-row"] [data-column="source.country"]')?.innerText,
        "the country",
      );
      await page.keyboard.press("j");
      await page.keyboard.press("l");
      await page.keyboard.press("L");
      await until(
        page,
        () => document.querySelectorAll(".grid-head [data-column]")[1]?.dataset.column === "kind",
        "the column has moved",
      );
      const width = () =>
        page.locator('[role="columnheader"][data-column="severity"]').evaluate((head) => head.offsetWidth);
      const before = await width();
      await page.keyboard.press(">");
      await until(
        page,
        (was) => document.querySelector('[role="columnheader"][data-column="severity"]').offsetWidth > was,
        "the column is wider",
        before,
      );
      const wide = await width();
      await page.reload();
      await filled.events(page);
      equal((await columnsOf(page)).slice(0, 3), ["time", "kind", "severity"], "after a reload");
      equal(await width(), wide, "the width after a reload");
      await page.keyboard.press("C");
      await page.getByRole("button", { name: "Standard columns" }).click();
      await until(
        page,
        () => !document.querySelector('[role="columnheader"][data-column="trace_id"]'),
        "the standard columns",
      );
    },
  },
  {
    name: "a column is dragged to another place",
    async run(world) {
      const page = await atEvents(world);
      await page.keyboard.press("C");
      await id(page, "columns").waitFor();
      await world.shoot("browser-columns");
      const handle = (name) => page.locator(`.columns li[data-column="${name}"] .columns-handle`);
      const [from, to] = [await handle("service").boundingBox(), await handle("time").boundingBox()];
      await page.mouse.move(from.x + 5, from.y + 8);
      await page.mouse.down();
      await page.mouse.move(to.x + 5, to.y + 8, { steps: 6 });
      await page.mouse.up();
      await until(
        page,
        () => document.querySelector(".grid-head [data-column]")?.dataset.column === "service",
        "the service is the first column",
      );
    },
  },
  {
    name: "a search is saved, changed, updated, renamed, ordered, found in the palette and deleted",
    async run(world) {
      const page = await atEvents(world, "?q=service%3Asshd&last=7d");
      await page.keyboard.press("V");
      await page.getByRole("textbox", { name: "Name" }).fill("SSH of the week");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.waitForURL(/saved=\d+/);
      equal(await id(page, "saved").innerText(), "SSH of the week", "the open search");

      await id(page, "search-input").fill("service:sshd severity>=medium");
      await id(page, "search-input").press("Enter");
      await filled.total(page, "service:sshd severity>=medium");
      await id(page, "saved").click();
      await axe(page, "saved searches");
      await world.shoot("browser-saved");
      await page.getByRole("button", { name: "Update “SSH of the week”" }).click();
      await page.getByRole("button", { name: "Rename SSH of the week" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill("SSH, medium and worse");
      await page.getByRole("button", { name: "Rename", exact: true }).click();
      await id(page, "saved").click();
      const entries = page.locator('[data-testid="saved-search"]');
      const last = (await entries.count()) - 1;
      await page.getByRole("button", { name: "Move SSH, medium and worse up" }).click();
      await until(
        page,
        (at) =>
          document.querySelectorAll('[data-testid="saved-search"]')[at]?.innerText.startsWith("SSH, medium"),
        "one place higher",
        last - 1,
      );
      await page.keyboard.press("Escape");
      await page.keyboard.press("g");
      await page.keyboard.press("e");
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Type a command" }).waitFor();
      await page.keyboard.type("medium and worse");
      await page.getByRole("option", { name: /SSH, medium and worse/ }).waitFor();
      await page.keyboard.press("Enter");
      await filled.total(page, "service:sshd severity>=medium");
      equal(partOf(page, "last"), "7d", "the range");
      await id(page, "saved").click();
      await page.getByRole("button", { name: "Delete SSH, medium and worse" }).click();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByText("SSH, medium and worse").first().waitFor({ state: "hidden" });
    },
  },
  {
    name: "the console comes with searches, in both languages, and each of them runs",
    async run({ host, open, settle }) {
      const page = await open(await host(...ready), { at: "/events", settings: { language: "en" } });
      await filled.events(page);
      await page.keyboard.press("v");
      await id(page, "saved-list").waitFor();
      const count = await page.locator('[data-testid="saved-search"]').count();
      if (count < 5) fail(`${count} searches`);
      for (let index = 0; index < count; index += 1) {
        await page.locator('[data-testid="saved-search"] .saved-open').nth(index).click();
        await until(
          page,
          () => document.querySelector('[data-testid="events-total"]')?.dataset.value !== undefined,
          "an answer",
        );
        if ((await page.locator(".search-problem").count()) > 0) fail(`search ${index} is none`);
        await id(page, "saved").click();
        await id(page, "saved-list").waitFor();
      }
      await page.keyboard.press("Escape");
      await settle(page, { language: "pt-BR" });
      await until(
        page,
        () => document.querySelector('[data-testid="saved"]')?.innerText.includes("exportou"),
        "the name in Portuguese",
      );
    },
  },
  {
    name: "recent searches are offered while nothing is typed, and can be forgotten",
    async run(world) {
      const page = await atEvents(world);
      for (const query of ["service:sshd", "severity>=high"]) {
        await id(page, "search-input").fill(query);
        await id(page, "search-input").press("Enter");
        await filled.total(page, query);
      }
      await id(page, "search-input").fill("");
      await page.getByRole("option", { name: "severity>=high" }).waitFor();
      await id(page, "search-input").press("ArrowDown");
      await id(page, "search-input").press("ArrowDown");
      await id(page, "search-input").press("Enter");
      await filled.total(page, "service:sshd");
      await id(page, "saved").click();
      await page.getByRole("button", { name: "Forget them" }).click();
      await page.getByText("None yet.").waitFor();
    },
  },
  {
    name: "every chart is saved as a drawing that says where it comes from, and as its numbers",
    async run({ host, open, shoot }) {
      const page = await open(await host(...ready), { settings: { language: "en" } });
      await filled.overview(page);
      for (const chart of ["events", "logins", "heat", "accounts", "addresses", "services"]) {
        for (const [item, check] of [
          ["Save as SVG", (text) => /^<svg [\s\S]*Vigia · http[\s\S]*verified by this computer/.test(text)],
          ["Save the numbers as CSV", (text) => text.split("\r\n").length > 2],
        ]) {
          await id(page, `save-${chart}`).click();
          await page.getByRole("menuitem", { name: item }).click();
          const path = await saved(page);
          if (!check(readFileSync(path, "utf8"))) fail(`${item} of ${chart}: ${path}`);
          await page.getByRole("button", { name: /off the list$/ }).click();
          await id(page, "jobs").waitFor({ state: "hidden" });
        }
      }
      await shoot("charts-saved-en-dark-1280");
    },
  },
  {
    name: "what is older than the copy is found on the platform, proven here, and opens like any event",
    async run({ host, open, shoot, settle }) {
      const world = await host(...ready);
      const page = await open(world, { at: "/events", settings: { language: "en" } });
      await filled.events(page);
      const query = "kind:auth.login.failed";
      await id(page, "search-input").fill(query);
      await id(page, "search-input").press("Enter");
      await filled.total(page, query);
      const all = await totalOf(page);
      await world.tell("minutes 4320");
      await command(page, "sync_now", null);
      const { profile } = await command(page, "status", null);
      await command(page, "profile_keep", { id: profile.id, keep: { days: 1, disk_bytes: null } });
      await command(page, "sync_now", null);
      await page.reload();
      await id(page, "older-search").waitFor();
      equal(await totalOf(page), 0, "failures left in the copy");
      await axe(page, "the offer to search the platform");
      await id(page, "older-search").click();
      const found = page.locator('[data-testid="older-found"][data-state="done"]');
      await found.waitFor();
      const rows = id(page, "older-row");
      const first = await rows.count();
      if (first === 0 || first > all) fail(`${first} of ${all} found`);
      equal(
        await page.locator('[data-testid="older-row"][data-verified="false"]').count(),
        0,
        "rows unproven",
      );
      await axe(page, "what the platform found");
      for (const [language, theme] of [
        ["pt-BR", "light"],
        ["en", "dark"],
      ]) {
        await settle(page, { language, theme });
        await found.waitFor();
        await shoot(`older-${language}-${theme}-1280`);
      }
      await shoot("browser-older");
      if (first < all) {
        await page.getByRole("button", { name: "Look further" }).click();
        await until(
          page,
          (before) => document.querySelectorAll('[data-testid="older-row"]').length > before,
          "more rows",
          first,
        );
        await found.waitFor();
      }
      await rows.nth(0).click();
      await id(page, "detail-proof").click();
      equal(await id(page, "proof").getAttribute("data-verified"), "true", "the proof of an old event");
    },
  },
];
