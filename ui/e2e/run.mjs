/**
 * The window in Chromium, against the real console. One line a test, then
 * `N passed, N failed, N skipped`. Run `npm run build` before; `node e2e/run.mjs [word]` runs the
 * tests whose name holds the word.
 */
import { existsSync, mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { pageFor } from "./page.mjs";
import { accessTests } from "./suite/access.mjs";
import { eventsTests } from "./suite/events.mjs";
import { keyboardTests } from "./suite/keyboard.mjs";
import { keysTests } from "./suite/keys.mjs";
import { ledgerTests } from "./suite/ledger.mjs";
import { overviewTests } from "./suite/overview.mjs";
import { platformTests } from "./suite/platforms.mjs";
import { searchTests } from "./suite/search.mjs";
import { settingsTests } from "./suite/settings.mjs";
import { setupTests } from "./suite/setup.mjs";
import { stateTests } from "./suite/state.mjs";
import { troubleTests } from "./suite/trouble.mjs";

const TEST_LIMIT_MS = 120_000;
const artifacts = new URL("../../artifacts/screenshots/", import.meta.url).pathname;
const tests = [
  ...setupTests,
  ...overviewTests,
  ...eventsTests,
  ...searchTests,
  ...keyboardTests,
  ...keysTests,
  ...ledgerTests,
  ...settingsTests,
  ...accessTests,
  ...stateTests,
  ...platformTests,
  ...troubleTests,
];
const word = process.argv[2] ?? "";
const chosen = tests.filter((test) => test.name.includes(word));

mkdirSync(artifacts, { recursive: true });
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--force-color-profile=srgb"],
});
const failures = [];

function inTime(promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${TEST_LIMIT_MS} ms`)), TEST_LIMIT_MS);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

for (const test of chosen) {
  const world = pageFor(browser, artifacts);
  const begun = Date.now();
  try {
    await inTime(test.run(world));
    world.complain();
    console.log(`ok      ${test.name} (${Date.now() - begun} ms)`);
  } catch (error) {
    failures.push(test.name);
    await world.shoot(`failed-${test.name}`).catch(() => undefined);
    console.log(
      `FAILED  ${test.name}\n        ${String(error?.stack ?? error).replaceAll("\n", "\n        ")}`,
    );
  } finally {
    await world.end();
  }
}
await browser.close();
console.log(`${chosen.length - failures.length} passed, ${failures.length} failed, 0 skipped`);
process.exit(failures.length === 0 ? 0 : 1);
