/** Search, table, details. */
import { equal, fail, filled, id, partOf, queryOf, totalOf, until } from "../page.mjs";

const ready = ["--ready", "--sample"];

async function search(page, query) {
  await id(page, "search-input").fill(query);
  await id(page, "search-input").press("Enter");
  await filled.total(page, query);
}

export const eventsTests = [
  {
    name: "a search narrows, excludes, and stays in the address",
    async run({ host, open }) {
      const page = await open(await host(...ready), { at: "/events" });
      await filled.events(page);
      const all = await totalOf(page);
      await search(page, "kind:auth.login.failed");
      const failed = await totalOf(page);
      await search(page, "-kind:auth.login.failed");
      equal((await totalOf(page)) + failed, all, "failures and the rest");
      await page.reload();
      await filled.total(page, "-kind:auth.login.failed");
      equal(await id(page, "search-input").inputValue(), "-kind:auth.login.failed", "the search bar");
    },
  },
  {
    name: "a misspelt field is named with the nearest one, which one click writes",
    async run({ host, open }) {
      const page = await open(await host(...ready), { at: "/events", settings: { language: "en" } });
      await filled.events(page);
      await id(page, "search-input").fill("servce:sshd");
      await page.getByText("There is no field “servce”.").first().waitFor();
      await page.getByRole("button", { name: "Use “service”" }).first().click();
      equal(await id(page, "search-input").inputValue(), "service:sshd", "the search bar");
    },
  },
  {
    name: "fields and values are completed by keyboard",
    async run({ host, open }) {
      const page = await open(await host(...ready), { at: "/events" });
      await filled.events(page);
      await id(page, "search-input").pressSequentially("servi");
      await page.getByRole("option", { name: "service:" }).waitFor();
      await id(page, "search-input").press("Tab");
      await until(
        page,
        () => document.querySelector("#event-search")?.value === "service:",
        "the field is completed",
      );
    },
  },
  {
    name: "brushing the histogram narrows the range",
    async run({ host, open }) {
      const page = await open(await host(...ready), { at: "/events" });
      await filled.events(page);
      const before = await totalOf(page);
      const box = await id(page, "chart").boundingBox();
      await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.7, box.y + 30, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL(/from=/);
      await until(
        page,
        (all) => Number(document.querySelector('[data-testid="events-total"]')?.dataset.value) < all,
        "fewer events",
        before,
      );
    },
  },
  {
    name: "the details show fields, raw text, JSON and a proof that verifies, and live in the address",
    async run({ host, open }) {
      const page = await open(await host(...ready), {
        at: "/events?q=service%3Asshd",
        settings: { language: "en" },
      });
      await filled.events(page);
      await id(page, "event-row").nth(0).locator('[data-column="kind"]').click();
      await id(page, "detail").waitFor();
      await id(page, "detail-field").nth(0).waitFor();
      await id(page, "detail-raw").click();
      if (!/sshd/.test(await page.locator("#detail-panel").innerText()))
        fail("the raw text is not that of sshd");
      await id(page, "detail-json").click();
      const json = JSON.parse(await page.locator("#detail-panel pre").innerText());
      equal(json.service, "sshd", "the service in the JSON");
      await id(page, "detail-proof").click();
      equal(await id(page, "proof").getAttribute("data-verified"), "true", "the proof");
      equal(await id(page, "proof").getAttribute("data-index"), partOf(page, "event"), "the index");
      await page.reload();
      await id(page, "proof").waitFor();
      await page.getByRole("button", { name: "Keep beside the table" }).click();
      await page.waitForURL(/pin=true/);
      await page.getByRole("button", { name: "Open as a page" }).click();
      await page.waitForURL(/#\/events\/\d+/);
      await id(page, "proof").waitFor();
    },
  },
  {
    name: "a field filters, excludes and pivots from the details",
    async run({ host, open }) {
      const page = await open(await host(...ready), { at: "/events", settings: { language: "en" } });
      await filled.events(page);
      await id(page, "event-row").nth(0).locator('[data-column="kind"]').click();
      const field = page.locator('[data-testid="detail-field"][data-field="service"]');
      await field.hover();
      await field.getByRole("button", { name: /^Without/ }).click();
      await page.waitForURL(/q=/);
      if (!queryOf(page).startsWith("-service:")) fail(`the query is ${queryOf(page)}`);
      await filled.total(page, queryOf(page));
    },
  },
  {
    name: "previous and next walk the results with the details open",
    async run({ host, open }) {
      const page = await open(await host(...ready), { at: "/events", settings: { language: "en" } });
      await filled.events(page);
      await id(page, "event-row").nth(0).locator('[data-column="kind"]').click();
      const second = await id(page, "event-row").nth(1).getAttribute("data-seq");
      await page.getByRole("button", { name: "Next event" }).click();
      await page.waitForURL((url) => url.hash.includes(`event=${second}`));
    },
  },
  {
    name: "nothing found says why and leads out",
    async run({ host, open }) {
      const page = await open(await host(...ready), {
        at: "/events?q=%22no+such+words+anywhere%22",
        settings: { language: "en" },
      });
      await page.getByText("Nothing matches").waitFor();
      await page.getByRole("button", { name: "Clear the search" }).last().click();
      await filled.events(page);
    },
  },
  {
    name: "rows are scrolled to the last one",
    async run({ host, open }) {
      const page = await open(await host(...ready), { at: "/events" });
      await filled.events(page);
      const total = await totalOf(page);
      await page.locator("#event-table").evaluate((box) => {
        box.scrollTop = box.scrollHeight;
      });
      await until(
        page,
        (last) => document.querySelector(`[aria-rowindex="${last + 1}"]`)?.dataset.seq !== undefined,
        "the last row",
        total,
      );
      const drawn = await id(page, "event-row").count();
      if (drawn > 80) fail(`${drawn} rows are drawn at once`);
    },
  },
];
