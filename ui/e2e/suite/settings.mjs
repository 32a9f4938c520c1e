/** Language, zone, theme and density take effect at once and are kept. */
import { equal, fail, filled, id, until } from "../page.mjs";

const timeOf = (page) => page.locator("#row-0 time").innerText();

export const settingsTests = [
  {
    name: "times are written as the language does, always with their zone",
    async run({ host, open, settle }) {
      const page = await open(await host("--ready", "--sample"), {
        at: "/events",
        settings: { language: "pt-BR", zone: "America/Sao_Paulo", utc: false },
      });
      await filled.events(page);
      const local = await timeOf(page);
      if (!/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d BRT$/.test(local)) fail(`Portuguese writes ${local}`);
      await settle(page, { language: "en" });
      await filled.events(page);
      const english = await timeOf(page);
      if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d -03:00$/.test(english)) fail(`English writes ${english}`);
      await page.keyboard.press("u");
      await until(
        page,
        () => /UTC$/.test(document.querySelector("#row-0 time")?.innerText ?? ""),
        "times in UTC",
      );
    },
  },
  {
    name: "what is set is there after a reload",
    async run({ host, open }) {
      const page = await open(await host("--ready"), {
        at: "/settings",
        settings: { language: "en", theme: "dark" },
      });
      await page.getByRole("radio", { name: "Light" }).click({ force: true });
      await page.getByRole("radio", { name: "Comfortable" }).click({ force: true });
      await page.getByRole("radio", { name: "Português (Brasil)" }).click({ force: true });
      await page.getByRole("heading", { level: 1, name: "Configurações" }).waitFor();
      await page.reload();
      await page.getByRole("heading", { level: 1, name: "Configurações" }).waitFor();
      const root = await page.evaluate(() => ({
        ...document.documentElement.dataset,
        lang: document.documentElement.lang,
      }));
      equal([root.theme, root.density, root.lang], ["light", "comfortable", "pt-BR"], "the document");
    },
  },
  {
    name: "signing out keeps the copy, and signing in again needs the right password",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), {
        at: "/settings/platforms",
        settings: { language: "en" },
      });
      await page.getByRole("button", { name: "Sign out" }).click();
      const signIn = page.getByRole("button", { name: "Sign in" });
      await signIn.first().waitFor();
      if ((await id(page, "wizard-email").count()) === 0) await signIn.first().click();
      await id(page, "wizard-email").fill("ana@example.com");
      await id(page, "wizard-password").fill("janela azul 42");
      await id(page, "wizard-signin").click();
      await until(
        page,
        () => document.querySelector('[data-testid="connection"]')?.dataset.state === "online",
        "the console is connected again",
      );
    },
  },
];
