/** Every text in Brazilian Portuguese. */
import chart from "./pt-BR/chart.json";
import events from "./pt-BR/events.json";
import job from "./pt-BR/job.json";
import ledger from "./pt-BR/ledger.json";
import overview from "./pt-BR/overview.json";
import palette from "./pt-BR/palette.json";
import problem from "./pt-BR/problem.json";
import proof from "./pt-BR/proof.json";
import settings from "./pt-BR/settings.json";
import setup from "./pt-BR/setup.json";
import severity from "./pt-BR/severity.json";
import shell from "./pt-BR/shell.json";
import signin from "./pt-BR/signin.json";
import time from "./pt-BR/time.json";

export const ptBr = {
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
