/** The Overview: every number leads to the events behind it. */
import { equal, fail, filled, id, partOf, totalOf, until } from "../page.mjs";

export const overviewTests = [
  {
    name: "the number of failed sign-ins is the number of events it opens",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"));
      await filled.overview(page);
      const number = Number(await id(page, "overview-failed").getAttribute("data-value"));
      await id(page, "overview-failed").click();
      await filled.total(page, "kind:auth.login.failed");
      equal(await totalOf(page), number, "events behind the number");
    },
  },
  {
    name: "a bar of a ranking opens as many events as it says",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), { settings: { language: "en" } });
      await filled.overview(page);
      const bar = page.locator(".top a").nth(0);
      const count = Number((await bar.locator("b").innerText()).replaceAll(/\D/g, ""));
      await bar.click();
      await filled.events(page);
      equal(await totalOf(page), count, "events behind the bar");
    },
  },
  {
    name: "dragging over a chart zooms and writes the range into the address, and back undoes it",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"));
      await filled.overview(page);
      const box = await id(page, "chart").nth(0).boundingBox();
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.4, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, y, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL(/from=/);
      if (!partOf(page, "to")) fail("the address has no end of the range");
      await page.goBack();
      await page.waitForURL((url) => !url.hash.includes("from="));
    },
  },
  {
    name: "clicking a bucket opens its events, and the table beside it says the same number",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), { settings: { language: "en" } });
      await filled.overview(page);
      await page
        .getByRole("button", { name: /^Show .* as a table/ })
        .nth(0)
        .click();
      const row = page.locator(".chart-table tbody tr").nth(2);
      const count = Number((await row.locator("button").innerText()).replaceAll(/\D/g, ""));
      await row.locator("button").click();
      await page.waitForURL(/#\/events/);
      await filled.events(page);
      equal(await totalOf(page), count, "events in the bucket");
    },
  },
  {
    name: "a cell of the heat map opens as many failed sign-ins as it says",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), { settings: { language: "en" } });
      await filled.overview(page);
      const cell = page.locator(".heat button:not([aria-disabled=true])").nth(0);
      const count = Number(
        /: ([\d,]+) failed/.exec(await cell.getAttribute("aria-label"))[1].replaceAll(",", ""),
      );
      await cell.click();
      await filled.events(page);
      equal(await totalOf(page), count, "failures behind the cell");
    },
  },
  {
    name: "an empty range shows the newest data and says so",
    async run({ host, open }) {
      const at = "/overview?from=2001-01-01T00%3A00%3A00.000Z&to=2001-01-02T00%3A00%3A00.000Z";
      const page = await open(await host("--ready", "--sample"), { at, settings: { language: "en" } });
      await page.getByText("No events in the period you chose").waitFor();
    },
  },
  {
    name: "verify now compares every entry anew and says when",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), { settings: { language: "en" } });
      await filled.overview(page);
      await id(page, "verify-now").click();
      await until(
        page,
        () =>
          /Every entry compared anew\s*\d+ (s|min) ago/.test(
            document.querySelector(".overview-foot")?.innerText ?? "",
          ),
        "the full check is dated",
      );
    },
  },
];
