/** Every text in English. */
import chart from "./en/chart.json";
import events from "./en/events.json";
import job from "./en/job.json";
import ledger from "./en/ledger.json";
import overview from "./en/overview.json";
import palette from "./en/palette.json";
import problem from "./en/problem.json";
import proof from "./en/proof.json";
import settings from "./en/settings.json";
import setup from "./en/setup.json";
import severity from "./en/severity.json";
import shell from "./en/shell.json";
import signin from "./en/signin.json";
import time from "./en/time.json";

export const en = {
  chart,
  events,
  job,
  ledger,
  overview,
  palette,
  problem,
  proof,
  settings,
  setup,
  severity,
  shell,
  signin,
  time,
};
