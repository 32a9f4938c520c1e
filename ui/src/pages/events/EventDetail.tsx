/** One event: its fields with what can be done with each, the raw text, JSON, and the proof. */

import { Copy, Crosshair, ZoomIn, ZoomOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { eventLink } from "../../api/desktop";
import type { EventDetail as Detail } from "../../api/generated/EventDetail";
import type { FieldView } from "../../api/generated/FieldView";
import type { Integrity } from "../../api/generated/Integrity";
import { ProofButton, ProofIcon, type ProofState } from "../../components/proof";
import { Stamp } from "../../components/Stamp";
import { SeverityMark } from "../../components/severity";
import { useActions } from "../../palette/actions";
import { DETAIL_TABS, type DetailTab } from "../../router";
import { IconButton } from "../../ui/Button";
import { CopyButton, copyText } from "../../ui/Copy";
import { Notice } from "../../ui/Notice";
import { Tabs } from "../../ui/Tabs";
import { EventProof } from "./EventProof";

export interface Pivots {
  onFilter(term: string): void;
  onExclude(term: string): void;
  onPivot(term: string): void;
}

interface EventDetailProps extends Pivots {
  detail: Detail;
  integrity: Integrity | undefined;
  tab: DetailTab;
  setTab(tab: DetailTab): void;
}

/** What the symbol beside the event says. */
function proofState(detail: Detail, integrity: Integrity | undefined): ProofState {
  if (integrity?.state === "broken") return "broken";
  if (detail.proof.verified) return "verified";
  return detail.proof.checkpoint ? "broken" : "unchecked";
}

export function EventDetail({ detail, integrity, tab, setTab, ...pivots }: EventDetailProps) {
  const { t } = useTranslation();
  const { row } = detail;
  useActions([
    {
      id: "copy-link",
      group: "event",
      label: t("palette.action.copy_link"),
      run: () => void copyText(eventLink(row.seq)),
    },
  ]);
  const state = proofState(detail, integrity);
  return (
    <div className="detail-body">
      <div className="detail-title">
        <div>
          <p className="detail-kind">
            <SeverityMark severity={row.severity} />
            <strong className="mono">{row.kind}</strong>
            <ProofButton state={state} onClick={() => setTab("proof")} />
            <CopyButton text={eventLink(row.seq)} label={t("palette.action.copy_link")} />
          </p>
          {row.message ? <p className="detail-message">{row.message}</p> : null}
          <p className="quiet">
            <Stamp at={row.time} />
          </p>
        </div>
      </div>
      <Tabs
        id="detail"
        label={t("events.detail.label", { seq: row.seq })}
        value={tab}
        options={DETAIL_TABS.map((value) => ({
          value,
          label: t(`events.detail.${value}`),
          mark: value === "proof" ? <ProofIcon state={state} size={14} /> : undefined,
        }))}
        onChange={setTab}
      />
      <div
        id="detail-panel"
        className="detail-panel scroll"
        role="tabpanel"
        aria-labelledby={`detail-${tab}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <Hidden detail={detail} />
        {tab === "fields" ? <Fields fields={detail.fields} {...pivots} /> : null}
        {tab === "raw" ? <Raw raw={detail.raw} /> : null}
        {tab === "json" ? <Json event={detail.event} /> : null}
        {tab === "proof" ? (
          <EventProof proof={detail.proof} recordedAt={detail.recorded_at} state={state} />
        ) : null}
      </div>
    </div>
  );
}

function Hidden({ detail }: { detail: Detail }) {
  const { t } = useTranslation();
  return detail.hidden.map((group) => (
    <Notice key={`${group.reason} ${group.people.join()}`}>
      {group.reason === "masked"
        ? t("events.detail.masked", { people: group.people.join(", ") || t("events.detail.somebody") })
        : t("events.detail.erased")}
    </Notice>
  ));
}

function Fields({ fields, onFilter, onExclude, onPivot }: { fields: FieldView[] } & Pivots) {
  const { t } = useTranslation();
  return (
    <dl className="fields">
      {fields.map(({ name, value, query }) => (
        <div key={`${name} ${value}`} data-testid="detail-field" data-field={name}>
          <dt className="mono">{name}</dt>
          <dd>{value}</dd>
          <dd className="fields-tools">
            {query ? (
              <>
                <IconButton
                  size="small"
                  label={t("events.detail.filter", { name, value })}
                  onClick={() => onFilter(query)}
                >
                  <ZoomIn size={14} aria-hidden="true" />
                </IconButton>
                <IconButton
                  size="small"
                  label={t("events.detail.exclude", { name, value })}
                  onClick={() => onExclude(query)}
                >
                  <ZoomOut size={14} aria-hidden="true" />
                </IconButton>
                <IconButton
                  size="small"
                  label={t("events.detail.pivot", { name, value })}
                  onClick={() => onPivot(query)}
                >
                  <Crosshair size={14} aria-hidden="true" />
                </IconButton>
              </>
            ) : null}
            <IconButton
              size="small"
              label={t("events.detail.copy_value", { name })}
              onClick={() => void copyText(value)}
            >
              <Copy size={14} aria-hidden="true" />
            </IconButton>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Raw({ raw }: { raw: string | null }) {
  const { t } = useTranslation();
  if (raw === null) return <p className="quiet">{t("events.detail.no_raw")}</p>;
  return (
    <div className="code">
      <CopyButton text={raw} label={t("events.detail.copy_raw")} />
      <pre className="mono">{raw}</pre>
    </div>
  );
}

function Json({ event }: { event: unknown }) {
  const { t } = useTranslation();
  const text = JSON.stringify(event, null, 2);
  return (
    <div className="code">
      <CopyButton text={text} label={t("events.detail.copy_json")} />
      <pre className="mono">{text}</pre>
    </div>
  );
}
