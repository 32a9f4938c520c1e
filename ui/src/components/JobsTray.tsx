/**
 * Long work at the foot of every page: how far it is, where its file lies, why it failed. The list is
 * the console's process's; it survives changes of pages and ends with the console.
 */
import { useLocation } from "@tanstack/react-router";
import { Check, ChevronDown, ChevronUp, CircleAlert, CircleSlash, LoaderCircle, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Job } from "../api/generated/Job";
import { useCancelJob, useForgetJob, useJobs } from "../api/job";
import { Button, IconButton } from "../ui/Button";
import { CopyButton } from "../ui/Copy";
import { useProblemText } from "./Problem";
import { usePreferences } from "./preferences";

/** Work that ended well stays unfolded for so long. */
const REST_MS = 8_000;

export function JobsTray() {
  const { t } = useTranslation();
  const { data: all = [] } = useJobs();
  // The Ledger page shows its verification itself, larger.
  const path = useLocation({ select: (location) => location.pathname });
  const jobs = all.filter((job) => job.kind !== "verify" || path !== "/ledger");
  const forget = useForgetJob();
  const [open, setOpen] = useState(true);
  const [held, setHeld] = useState(false);
  const newest = jobs[0]?.id ?? 0;
  // What begins shows itself.
  useEffect(() => {
    if (newest > 0) setOpen(true);
  }, [newest]);
  const quiet = jobs.every((job) => job.state.state === "done" || job.state.state === "cancelled");
  // What ended well steps aside by itself, unless somebody is reading it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a further job begins the time anew
  useEffect(() => {
    if (!quiet || !open || held) return;
    const timer = setTimeout(() => setOpen(false), REST_MS);
    return () => clearTimeout(timer);
  }, [quiet, open, held, newest]);
  if (jobs.length === 0) return null;
  const running = jobs.filter((job) => job.state.state === "running");
  const ended = jobs.filter((job) => job.state.state !== "running");
  return (
    <section
      className="jobs"
      data-testid="jobs"
      data-open={open}
      aria-label={t("job.tray.title")}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <header>
        <h2>
          {running.length > 0
            ? t(running.length === 1 ? "job.tray.running_one" : "job.tray.running", { n: running.length })
            : t("job.tray.title")}
        </h2>
        {ended.length > 1 && open ? (
          <Button
            size="small"
            kind="plain"
            onClick={() => {
              for (const job of ended) forget.mutate(job.id);
            }}
          >
            {t("job.tray.clear")}
          </Button>
        ) : null}
        <IconButton
          size="small"
          label={t(open ? "job.tray.fold" : "job.tray.unfold")}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronUp size={14} aria-hidden="true" />}
        </IconButton>
      </header>
      {open ? (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <ul className="scroll" tabIndex={0} aria-label={t("job.tray.title")}>
            {jobs.map((job) => (
              <Item key={job.id} job={job} />
            ))}
          </ul>
          <p className="faint">{t("job.tray.until")}</p>
        </>
      ) : null}
    </section>
  );
}

const ICONS = { running: LoaderCircle, done: Check, failed: CircleAlert, cancelled: CircleSlash } as const;
const PHASES = ["own_copy", "fetch"] as const;

function Item({ job }: { job: Job }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const cancel = useCancelJob();
  const forget = useForgetJob();
  const { state } = job.state;
  const Icon = ICONS[state];
  const title = t(`job.kind.${job.kind}`);
  const phase = PHASES.find((word) => word === job.phase);
  return (
    <li data-testid="job" data-state={state} data-kind={job.kind}>
      <Icon size={14} aria-hidden="true" />
      <div>
        <p className="job-title">
          <strong>{title}</strong>
          {job.name && state !== "done" ? (
            <span className="mono ellipsis" title={job.name}>
              {job.name}
            </span>
          ) : null}
        </p>
        {state === "running" ? (
          <>
            <progress
              aria-label={title}
              {...(job.total === null || job.total === 0 ? {} : { max: job.total, value: job.done })}
            />
            <p className="quiet number">
              {phase ? `${t(`job.phase.${phase}`)} · ` : ""}
              {job.total === null
                ? t("job.text.begins")
                : t("job.text.progress", { done: number.format(job.done), total: number.format(job.total) })}
            </p>
          </>
        ) : (
          <End job={job} />
        )}
      </div>
      {state === "running" ? (
        <Button size="small" onClick={() => cancel.mutate(job.id)}>
          {t("job.tray.cancel")}
        </Button>
      ) : (
        <IconButton
          size="small"
          label={t("job.tray.forget", { title: job.name ?? title })}
          onClick={() => forget.mutate(job.id)}
        >
          <X size={14} aria-hidden="true" />
        </IconButton>
      )}
    </li>
  );
}

function End({ job }: { job: Job }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const say = useProblemText();
  const end = job.state;
  if (end.state === "done" && end.path !== null) {
    return (
      <>
        {job.total ? (
          <p className="quiet number">{t("job.text.saved", { total: number.format(job.total) })}</p>
        ) : null}
        <p className="with-tool">
          <span className="mono job-path" data-testid="job-path">
            {end.path}
          </span>
          <CopyButton text={end.path} label={t("job.tray.copy_path")} />
        </p>
      </>
    );
  }
  return (
    <p
      className={end.state === "failed" ? "negative" : "quiet"}
      role={end.state === "failed" ? "alert" : "status"}
    >
      {end.state === "failed"
        ? say(end.problem)
        : t(end.state === "done" ? "job.text.done" : "job.text.cancelled")}
    </p>
  );
}
