/** Each thing that life brings, seen in every look and width: clean under axe, no overflow, a picture. */
import { axe, equal, fail, filled, fits, id, until } from "../page.mjs";
import { connect } from "./platforms.mjs";

const LOOKS = [
  ["pt-BR", "dark"],
  ["pt-BR", "light"],
  ["en", "dark"],
  ["en", "light"],
];

/** Photographs the state that `shown` waits for, in both themes, both languages and two widths. */
async function everyLook(tools, world, name, at, shown) {
  for (const width of [1280, 1920]) {
    const page = await tools.open(world, { width, at });
    for (const [language, theme] of LOOKS) {
      await tools.settle(page, { language, theme });
      await shown(page);
      await axe(page, `${name} in ${theme} and ${language} at ${width}`);
      await fits(page, `${name} at ${width}`);
      await tools.shoot(`state-${name}-${language}-${theme}-${width}`);
    }
  }
}

const banner = (testId) => (page) => id(page, testId).waitFor();

export const troubleTests = [
  {
    name: "offline is seen in every look",
    async run(tools) {
      const world = await tools.host("--ready", "--sample");
      await world.tell("offline");
      await everyLook(tools, world, "offline", "/overview", async (page) => {
        await filled.overview(page);
        await banner("offline-banner")(page);
      });
    },
  },
  {
    name: "a broken log is seen in every look",
    async run(tools) {
      const world = await tools.host("--ready", "--sample");
      const page = await tools.open(world, { at: "/overview" });
      await filled.overview(page);
      await world.tell("tamper");
      await id(page, "verify-now").click();
      await id(page, "broken-banner").waitFor();
      await everyLook(tools, world, "broken", "/events", async (page) => {
        await filled.events(page);
        await banner("broken-banner")(page);
      });
    },
  },
  {
    name: "a stale copy says how old it is, in every look",
    async run(tools) {
      const world = await tools.host("--ready", "--sample");
      const page = await tools.open(world, { at: "/settings/platforms", settings: { language: "en" } });
      await page.getByRole("button", { name: "Sign out" }).click();
      await until(
        page,
        () => document.querySelector('[data-testid="connection"]')?.dataset.state === "signed_out",
        "signed out",
      );
      await world.tell("minutes 45");
      await everyLook(tools, world, "stale", "/overview", async (page) => {
        await filled.overview(page);
        await banner("stale-banner")(page);
        if (!/\d/.test(await id(page, "stale-banner").innerText())) fail("the banner tells no age");
      });
    },
  },
  {
    name: "an empty platform is seen in every look",
    async run(tools) {
      const world = await tools.host("--ready");
      await everyLook(tools, world, "empty", "/events", async (page) => {
        await page.locator(".empty, [data-testid=event-row]").first().waitFor();
      });
    },
  },
  {
    name: "a damaged copy is fetched again, and says so in every look",
    async run(tools) {
      const world = await tools.host("--ready", "--sample");
      await world.tell("damage");
      await everyLook(tools, world, "rebuilt", "/overview", async (page) => {
        await filled.overview(page);
        await banner("rebuilt-banner")(page);
        equal(await id(page, "integrity").getAttribute("data-state"), "verified", "trust");
      });
    },
  },
  {
    name: "a locked keyring is said by one notice in every look, and unlocking it brings everything back",
    async run(tools) {
      const world = await tools.host("--ready", "--sample");
      await world.tell("lock");
      await everyLook(tools, world, "keyring", "/overview", async (page) => {
        await banner("keyring-banner")(page);
        equal(await page.locator(".banners > .notice").count(), 1, "notices");
      });
      await world.tell("unlock");
      const page = await tools.open(world);
      await id(page, "keyring-retry").click();
      await filled.overview(page);
      await until(
        page,
        () => document.querySelector('[data-testid="connection"]')?.dataset.state === "online",
        "online without signing in again",
      );
    },
  },
  {
    name: "a changed certificate is refused in every look, and accepted deliberately alone",
    async run(tools) {
      const world = await tools.host();
      const team = await world.ask("team-platform");
      const first = await tools.open(world, { settings: { language: "en" } });
      await id(first, "wizard-connect").click();
      await connect(first, team, "fingerprint");
      await id(first, "nav-overview").waitFor();
      await world.tell("strange-certificate");
      await everyLook(tools, world, "certificate", "/overview", async (page) => {
        await banner("certificate-banner")(page);
        equal(await id(page, "certificate-presented").innerText(), team.certificate, "the presented one");
      });
      const page = await tools.open(world, { settings: { language: "en", theme: "dark" } });
      await id(page, "certificate-look").click();
      await id(page, "certificate-fingerprint").waitFor();
      equal(await id(page, "certificate-accept").isDisabled(), true, "accepting before comparing");
      await axe(page, "accepting a certificate");
      await tools.shoot("certificate-accept-en-dark-1280");
      await id(page, "certificate-same").check();
      await id(page, "certificate-accept").click();
      await until(
        page,
        () => document.querySelector('[data-testid="connection"]')?.dataset.state === "online",
        "online again",
      );
    },
  },
  {
    name: "somebody who may not read events is told so in every look",
    async run(tools) {
      const world = await tools.host();
      const team = await world.ask("team-platform");
      const person = await world.ask("person session:read");
      const first = await tools.open(world, { settings: { language: "en" } });
      await id(first, "wizard-connect").click();
      await connect(first, { ...team, ...person }, "fingerprint");
      await id(first, "nav-overview").waitFor();
      await everyLook(tools, world, "denied", "/events", async (page) => {
        await page.locator(".empty[role=alert]").waitFor();
        await banner("trouble-banner")(page);
      });
    },
  },
  {
    name: "somebody who may not see keys or sessions is told so in every look",
    async run(tools) {
      const world = await tools.host();
      const team = await world.ask("team-platform");
      const person = await world.ask("person events:read,session:read");
      const first = await tools.open(world, { settings: { language: "en" } });
      await id(first, "wizard-connect").click();
      await connect(first, { ...team, ...person }, "fingerprint");
      await id(first, "nav-overview").waitFor();
      await everyLook(tools, world, "denied-keys", "/settings/keys", banner("keys-denied"));
      await world.ask("person events:read");
      await everyLook(tools, world, "denied-sessions", "/settings/sessions", (page) =>
        page.locator(".empty[role=alert]").waitFor(),
      );
    },
  },
  {
    name: "somebody who may not even see a session is refused in the wizard",
    async run(tools) {
      const world = await tools.host();
      const team = await world.ask("team-platform");
      const person = await world.ask("person api_key:read");
      const page = await tools.open(world, { settings: { language: "pt-BR", theme: "dark" } });
      await id(page, "wizard-connect").click();
      await connect(page, { ...team, ...person }, "fingerprint");
      await page.getByText("Você não tem permissão").waitFor();
      await axe(page, "being refused");
      await fits(page, "being refused");
      await tools.shoot("state-denied-wizard-pt-BR-dark-1280");
    },
  },
];
