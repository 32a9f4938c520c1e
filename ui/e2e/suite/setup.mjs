/** The first start. */
import { ADMIN } from "../host.mjs";
import { axe, equal, fail, filled, fits, id, until } from "../page.mjs";

export const setupTests = [
  {
    name: "a new user creates the administrator, loads the sample and sees it",
    async run({ host, open }) {
      const page = await open(await host());
      await id(page, "wizard-local").click();
      await id(page, "wizard-email").fill(ADMIN.email);
      await id(page, "wizard-password").fill(ADMIN.password);
      await id(page, "wizard-password-repeat").fill(ADMIN.password);
      equal(await id(page, "wizard-sample").isChecked(), true, "the sample is offered");
      await id(page, "wizard-finish").click();
      await filled.overview(page);
      await until(
        page,
        () => document.querySelector('[data-testid="integrity"]')?.dataset.state === "verified",
        "the log is verified",
      );
    },
  },
  {
    name: "the wizard says which rules a password breaks and does not go on",
    async run({ host, open }) {
      const page = await open(await host(), { settings: { language: "en" } });
      await id(page, "wizard-local").click();
      await id(page, "wizard-email").fill("mariana@example.com");
      await id(page, "wizard-password").fill("mariana1");
      await id(page, "wizard-finish").click();
      const unmet = await page.locator('.rules li[data-wanted="true"]').allInnerTexts();
      equal(unmet.length, 3, "rules broken");
      if (!unmet.join().includes("at least 12 characters")) fail(`the length is not among: ${unmet}`);
      await id(page, "wizard").waitFor();
    },
  },
  {
    name: "connecting shows the fingerprint and trusts only after it was compared",
    async run({ host, open }) {
      const platform = await open(await host("--ready"), { at: "/settings/platforms" });
      await platform.locator(".settings code").waitFor();
      const url = /http:\/\/[\d.]+:\d+/.exec(await platform.locator("main").innerText())?.[0];
      const page = await open(await host(), { settings: { language: "en" } });
      await id(page, "wizard-connect").click();
      await id(page, "wizard-url").fill("http://127.0.0.1:1");
      await id(page, "wizard-probe").click();
      await page.getByText("The platform cannot be reached").waitFor();
      await id(page, "wizard-url").fill(url);
      await id(page, "wizard-probe").click();
      const shown = await id(page, "wizard-fingerprint").getAttribute("data-value");
      const own = await platform.locator(".settings code").innerText();
      equal(shown.replaceAll(/[: ]/g, ""), own.replaceAll(/[: ]/g, ""), "the fingerprint");
      equal(await id(page, "wizard-trust").isDisabled(), true, "trust before comparing");
      await id(page, "wizard-same").check();
      await id(page, "wizard-trust").click();
      await id(page, "wizard-email").fill(ADMIN.email);
      await id(page, "wizard-password").fill("not the password");
      await id(page, "wizard-signin").click();
      await page.getByText("E-mail or password is wrong").waitFor();
      await id(page, "wizard-password").fill(ADMIN.password);
      await id(page, "wizard-signin").click();
      await id(page, "nav-overview").waitFor();
    },
  },
  {
    name: "the wizard is clean in both languages and themes",
    async run({ host, open, settle, shoot }) {
      const page = await open(await host());
      for (const [language, theme] of [
        ["pt-BR", "dark"],
        ["en", "light"],
      ]) {
        await settle(page, { language, theme });
        await id(page, "wizard-local").waitFor();
        await axe(page, `the wizard's welcome in ${theme}`);
        await shoot(`wizard-${language}-${theme}-1280`);
        await id(page, "wizard-local").click();
        await id(page, "wizard-password").fill("janela");
        await axe(page, `the wizard's administrator in ${theme}`);
        await fits(page, "the wizard");
        await shoot(`wizard-administrator-${language}-${theme}-1280`);
      }
    },
  },
];
