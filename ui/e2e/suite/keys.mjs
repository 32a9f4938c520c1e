/** API keys and sessions: made and shown once, revoked by name, ended; and what it says without a network. */
import { equal, fail, id, until } from "../page.mjs";

export const keysTests = [
  {
    name: "a key is made, shown once, and revoked by typing its name",
    async run({ host, open, shoot }) {
      const page = await open(await host("--ready"), { at: "/settings/keys", settings: { language: "en" } });
      await id(page, "key-make").click();
      await id(page, "key-name").fill("api-production");
      await shoot("settings-keys-make");
      await id(page, "key-create").click();
      const shown = await id(page, "key-once").innerText();
      if (!/^vgk_[\w-]{64}/.test(shown.trim())) fail(`the key reads ${shown}`);
      await shoot("settings-keys-once");
      await id(page, "key-done").click();
      const row = page.locator('[data-testid="key-row"][data-name="api-production"]');
      await row.waitFor();
      equal(await row.getAttribute("data-state"), "live", "the key");
      if ((await page.content()).includes(shown.trim())) fail("the key is on the page afterwards");
      await row.locator('[data-testid="key-revoke"]').click();
      const confirm = id(page, "key-revoke-confirm");
      equal(await confirm.isDisabled(), true, "revoking before the name is typed");
      await id(page, "key-typed").fill("api-production");
      await confirm.click();
      await row.waitFor({ state: "detached" });
      await id(page, "keys-old").check({ force: true });
      await row.waitFor();
      equal(await row.getAttribute("data-state"), "revoked", "the key");
    },
  },
  {
    name: "one's own sessions are listed, and this one stays when the others end",
    async run({ host, open }) {
      const page = await open(await host("--ready"), {
        at: "/settings/sessions",
        settings: { language: "en" },
      });
      await id(page, "session-row").first().waitFor();
      await id(page, "sessions-end-others").click();
      await until(
        page,
        () => document.querySelectorAll('[data-testid="session-row"]').length === 1,
        "one session is left",
      );
      equal(await id(page, "session-row").getAttribute("data-current"), "true", "the session that is left");
    },
  },
  {
    name: "without the platform, keys and sessions say so instead of showing old ones",
    async run({ host, open, shoot }) {
      const world = await host("--ready");
      const page = await open(world, { at: "/settings/keys", settings: { language: "en" } });
      await id(page, "key-make").waitFor();
      await world.tell("offline");
      await id(page, "keys-offline").waitFor();
      equal(await id(page, "key-make").isDisabled(), true, "making a key offline");
      await shoot("settings-keys-offline");
      await id(page, "settings-link-sessions").click();
      await id(page, "sessions-offline").waitFor();
    },
  },
];
