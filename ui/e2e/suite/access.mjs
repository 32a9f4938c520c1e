/** Every page in both themes and languages, at 1280 and 1920: clean under axe, no overflow, photographed. */
import { axe, filled, fits, id } from "../page.mjs";

const PAGES = [
  ["overview", "/overview", filled.overview],
  ["events", "/events", filled.events],
  ["detail", "/events?event=3&pin=true", (page) => id(page, "detail-field").nth(0).waitFor()],
  ["proof", "/events?event=3&tab=proof", (page) => id(page, "proof").waitFor()],
  ["event", "/events/3", (page) => id(page, "detail-field").nth(0).waitFor()],
  ...["appearance", "platforms", "copy", "keys", "sessions"].map((section) => [
    `settings-${section}`,
    `/settings/${section}`,
    (page) => id(page, `settings-${section}`).locator("h2").first().waitFor(),
  ]),
];

const LOOKS = [
  ["pt-BR", "dark"],
  ["pt-BR", "light"],
  ["en", "dark"],
  ["en", "light"],
];

export const accessTests = PAGES.map(([name, at, shown]) => ({
  name: `the page ${name} is clean in every look and width`,
  async run({ host, open, settle, shoot }) {
    const world = await host("--ready", "--sample");
    for (const width of [1280, 1920]) {
      const page = await open(world, { width, at });
      for (const [language, theme] of LOOKS) {
        await settle(page, { language, theme });
        await shown(page);
        if (!name.startsWith("settings") && name !== "event")
          await filled[name === "overview" ? "overview" : "events"](page);
        await axe(page, `${name} in ${theme} and ${language} at ${width}`);
        await fits(page, `${name} at ${width}`);
        await shoot(`${name}-${language}-${theme}-${width}`);
      }
    }
  },
})).concat([
  {
    name: "palette and keys are clean in both themes",
    async run({ host, open, settle, shoot }) {
      const page = await open(await host("--ready", "--sample"), { at: "/events" });
      for (const theme of ["dark", "light"]) {
        await settle(page, { theme, language: "en" });
        await filled.events(page);
        await page.keyboard.press("Control+k");
        await page.getByRole("listbox").waitFor();
        await axe(page, `the palette in ${theme}`);
        await shoot(`palette-en-${theme}-1280`);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
        await axe(page, `the keys in ${theme}`);
        await shoot(`keys-en-${theme}-1280`);
      }
    },
  },
]);
