/** Several platforms side by side: connecting over TLS, switching, taking one off. */
import { ADMIN } from "../host.mjs";
import { axe, equal, fail, filled, fits, id, until } from "../page.mjs";

const online = (page) =>
  until(
    page,
    () => document.querySelector('[data-testid="connection"]')?.dataset.state === "online",
    "the console is connected",
  );

/** The wizard's way from the address on, by the authority's file or by the fingerprint. */
export async function connect(page, team, how) {
  await id(page, "wizard-url").fill(team.url);
  await id(page, "wizard-probe").click();
  await id(page, "certificate-fingerprint").waitFor();
  equal(
    await id(page, "certificate-fingerprint").getAttribute("data-value"),
    team.certificate,
    "the certificate",
  );
  equal(await id(page, "wizard-certificate-go").isDisabled(), true, "going on before anything was compared");
  if (how === "authority") {
    await page.getByRole("radio", { name: "I have our authority’s certificate" }).click({ force: true });
    await id(page, "wizard-ca").fill(team.pem);
  } else {
    await id(page, "wizard-certificate-same").check();
  }
  await id(page, "wizard-certificate-go").click();
  await id(page, "wizard-fingerprint").waitFor();
  equal(await id(page, "wizard-fingerprint").getAttribute("data-value"), team.key, "the log key");
  await id(page, "wizard-same").check();
  await id(page, "wizard-trust").click();
  await id(page, "wizard-email").fill(team.email);
  await id(page, "wizard-password").fill(team.password);
  await id(page, "wizard-signin").click();
}

export const platformTests = [
  {
    name: "the wizard connects over TLS with a private authority",
    async run({ host, open, shoot }) {
      const world = await host();
      const team = await world.ask("team-platform");
      const page = await open(world, { settings: { language: "en", theme: "dark" } });
      await id(page, "wizard-connect").click();
      await id(page, "wizard-url").fill(team.url);
      await id(page, "wizard-probe").click();
      await id(page, "certificate-fingerprint").waitFor();
      await axe(page, "the certificate's step");
      await fits(page, "the certificate's step");
      await shoot("wizard-certificate-en-dark-1280");
      await page.getByRole("button", { name: "Back" }).click();
      await connect(page, team, "authority");
      await id(page, "nav-overview").waitFor();
      await online(page);
    },
  },
  {
    name: "a second platform is added by its fingerprint, and switching never mixes the two",
    async run({ host, open, shoot }) {
      const world = await host("--ready", "--sample");
      const team = await world.ask("team-platform");
      const page = await open(world, {
        at: "/settings/platforms",
        settings: { language: "en", theme: "dark" },
      });
      await id(page, "platform-add").click();
      await connect(page, team, "fingerprint");
      await until(
        page,
        () => document.querySelectorAll('[data-testid="platform"]').length === 2,
        "two platforms are listed",
      );
      await online(page);
      await axe(page, "two platforms");
      await shoot("platforms-two-en-dark-1280");
      await id(page, "nav-events").click();
      await until(
        page,
        () => Number(document.querySelector('[data-testid="events-total"]')?.dataset.value ?? 1e9) < 100,
        "the team's few events",
      );
      await page.keyboard.press("Alt+1");
      await filled.overview(page);
      await until(
        page,
        () => Number(document.querySelector('[data-testid="overview-events"]')?.dataset.value) > 1000,
        "the sample's many events",
      );
      await id(page, "profile-switch").click();
      await id(page, "profile-item").nth(1).waitFor();
      await axe(page, "the open menu of platforms");
      await shoot("platforms-switch-en-dark-1280");
      await id(page, "profile-item").nth(1).click();
      await until(
        page,
        () => Number(document.querySelector('[data-testid="overview-events"]')?.dataset.value ?? 1e9) < 100,
        "the team's few events again",
      );
    },
  },
  {
    name: "the menu of platforms is used with the keyboard alone",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), {
        at: "/overview",
        settings: { language: "en" },
      });
      await filled.overview(page);
      const focused = (testId) =>
        until(
          page,
          (wanted) => document.activeElement?.dataset.testid === wanted,
          `${testId} has the focus`,
          testId,
        );
      await id(page, "profile-switch").focus();
      await page.keyboard.press("Enter");
      await focused("profile-item");
      await page.keyboard.press("ArrowDown");
      await focused("profile-manage");
      await page.keyboard.press("ArrowDown");
      await focused("profile-item");
      await page.keyboard.press("Escape");
      await id(page, "profile-item").waitFor({ state: "detached" });
      await focused("profile-switch");
      await page.keyboard.press("Enter");
      await focused("profile-item");
      await page.keyboard.press("ArrowUp");
      await focused("profile-manage");
      await page.keyboard.press("Enter");
      await id(page, "settings-platforms").waitFor();
    },
  },
  {
    name: "a platform is taken off only by its name, and the one on this computer is found again",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), {
        at: "/settings/platforms",
        settings: { language: "en" },
      });
      await id(page, "platform-remove").click();
      await id(page, "platform-remove-name").fill("another name");
      equal(await id(page, "platform-remove-go").isDisabled(), true, "another name");
      const name = /Type (\S+) to confirm/.exec(await page.getByRole("dialog").innerText())?.[1];
      await id(page, "platform-remove-name").fill(name ?? fail("the dialog names no platform"));
      await id(page, "platform-remove-go").click();
      await id(page, "wizard-local").waitFor();
      await id(page, "wizard-local").click();
      await id(page, "wizard-email").fill(ADMIN.email);
      await id(page, "wizard-password").fill(ADMIN.password);
      await id(page, "wizard-signin").click();
      await filled.overview(page);
    },
  },
  {
    name: "how much is kept is set, saved and shown",
    async run({ host, open }) {
      const page = await open(await host("--ready", "--sample"), {
        at: "/settings/copy",
        settings: { language: "en" },
      });
      await page.getByRole("radio", { name: "30 days" }).click({ force: true });
      await id(page, "keep-disk").fill("2");
      await id(page, "keep-save").click();
      await until(
        page,
        () => document.querySelector('[data-testid="keep-save"]')?.disabled === true,
        "it is saved",
      );
      await page.reload();
      await id(page, "keep-disk").waitFor();
      equal(await page.getByRole("radio", { name: "30 days" }).isChecked(), true, "the days");
      if (!/^2\b/.test(await id(page, "keep-disk").inputValue())) fail("the limit on disk is not kept");
    },
  },
];
