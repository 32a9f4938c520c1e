/** Everything by keyboard: after the first load no test here touches the mouse. */
import { equal, fail, filled, id, partOf, queryOf, until } from "../page.mjs";

export const keyboardTests = [
  {
    name: "an investigation is walked by keys alone",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"));
      await filled.overview(page);
      const keys = page.keyboard;
      await keys.press("g");
      await keys.press("e");
      await filled.events(page);
      await keys.press("/");
      await until(page, () => document.activeElement?.id === "event-search", "the search bar has the focus");
      await keys.type("kind:auth.login.failed");
      await keys.press("Enter");
      await filled.total(page, "kind:auth.login.failed");
      await keys.press("Escape");
      await filled.events(page);
      await keys.press("j");
      await keys.press("j");
      await until(
        page,
        () => document.querySelector('#row-1[data-current="true"]'),
        "the second row is current",
      );
      await keys.press("x");
      await until(
        page,
        () => document.querySelector('#row-1[aria-selected="true"]'),
        "the second row is selected",
      );
      await keys.press("Enter");
      await id(page, "detail").waitFor();
      const before = partOf(page, "event");
      await keys.press("]");
      await page.waitForURL(
        (url) =>
          url.hash.includes("event=") &&
          !url.hash.includes(`event=${before}&`) &&
          !url.hash.endsWith(`event=${before}`),
      );
      await keys.press("Escape");
      await page.waitForURL((url) => !url.hash.includes("event="));
      for (const key of ["l", "l", "l", "f"]) await keys.press(key);
      await page.waitForURL((url) =>
        (new URLSearchParams(url.hash.split("?")[1]).get("q") ?? "").includes(" service:"),
      );
      if (!queryOf(page).startsWith("kind:auth.login.failed service:")) fail(`the query is ${queryOf(page)}`);
    },
  },
  {
    name: "c copies the cell under the cursor",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), { at: "/events" });
      await filled.events(page);
      await page.keyboard.press("j");
      const column = await page.locator('#row-0 [data-cursor="true"]').getAttribute("data-column");
      equal(column, "time", "the column");
      await page.keyboard.press("l");
      await page.keyboard.press("l");
      await page.keyboard.press("c");
      const kind = await page.locator('#row-0 [data-column="kind"]').innerText();
      await until(
        page,
        async (wanted) => (await navigator.clipboard.readText()) === wanted,
        "the copied cell",
        kind,
      );
    },
  },
  {
    name: "the palette finds every action without accents and runs it",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), { settings: { language: "pt-BR" } });
      await filled.overview(page);
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Digite um comando" }).waitFor();
      await page.keyboard.type("configuracoes");
      await page.keyboard.press("Enter");
      await page.waitForURL(/#\/settings/);
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Digite um comando" }).waitFor();
      await page.keyboard.type("english");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    },
  },
  {
    name: "Escape closes one layer at a time",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), { at: "/events" });
      await filled.events(page);
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await id(page, "detail").waitFor();
      await page.keyboard.press("?");
      const help = page.getByRole("dialog");
      await help.waitFor();
      await page.keyboard.press("Escape");
      await help.waitFor({ state: "hidden" });
      equal(await id(page, "detail").count(), 1, "the details are still open");
      await page.keyboard.press("Escape");
      await id(page, "detail").waitFor({ state: "hidden" });
    },
  },
  {
    name: "a chart is read and opened by keys",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"));
      await filled.overview(page);
      await id(page, "chart").nth(0).focus();
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Shift+ArrowLeft");
      await page.keyboard.press("Enter");
      await page.waitForURL(/from=.*to=/);
    },
  },
];
