/** When things are not well: no events, no platform, a changed log. */
import { axe, equal, fail, filled, fits, id, until } from "../page.mjs";

export const stateTests = [
  {
    name: "an empty platform says how events get in, and the sample fills it",
    async run({ host, open, shoot }) {
      const page = await open(await host("--ready"), { settings: { language: "en", theme: "dark" } });
      await page.locator(".kpis, .empty").first().waitFor();
      await axe(page, "the empty Overview");
      await shoot("empty-en-dark-1280");
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Type a command" }).waitFor();
      await page.keyboard.type("load the sample");
      await page.keyboard.press("Enter");
      await until(
        page,
        () => Number(document.querySelector('[data-testid="overview-events"]')?.dataset.value) > 1000,
        "the sample is on the Overview",
      );
    },
  },
  {
    name: "without the platform the copy is still searched, and its age is told",
    async run({ host, open, shoot }) {
      const world = await host("--ready", "--sample");
      const page = await open(world, { at: "/events", settings: { language: "en", theme: "dark" } });
      await filled.events(page);
      await world.tell("offline");
      await id(page, "offline-banner").waitFor();
      if (!/level with the platform \d+ (s|min) ago/.test(await id(page, "offline-banner").innerText())) {
        fail("the banner tells no age");
      }
      await id(page, "search-input").fill("kind:auth.login.failed");
      await id(page, "search-input").press("Enter");
      await filled.total(page, "kind:auth.login.failed");
      await filled.events(page);
      await axe(page, "the offline state");
      await shoot("offline-en-dark-1280");
      await world.tell("online");
      await id(page, "offline-banner").waitFor({ state: "hidden" });
    },
  },
  {
    name: "a byte changed in the platform's database turns the window red, with the evidence as a file",
    async run({ host, open, settle, shoot }) {
      const world = await host("--ready", "--sample");
      const page = await open(world, { at: "/overview", settings: { language: "en", theme: "dark" } });
      await filled.overview(page);
      await world.tell("tamper");
      await id(page, "verify-now").click();
      await id(page, "broken-banner").waitFor();
      equal(await id(page, "integrity").getAttribute("data-state"), "broken", "the symbol");
      if (!/\.json$/.test(await id(page, "evidence-path").innerText())) fail("the evidence is no file");
      for (const [language, theme] of [
        ["en", "dark"],
        ["pt-BR", "light"],
      ]) {
        await settle(page, { language, theme });
        await id(page, "broken-banner").waitFor();
        await filled.overview(page);
        await axe(page, `the broken state in ${theme}`);
        await fits(page, "the broken state");
        await shoot(`broken-${language}-${theme}-1280`);
      }
    },
  },
];
