/** The keys of applications: what each may do, when it was last used; made here, shown once, revoked. */
import { Checkbox, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { answers, holds, useApiKeys, useCreateApiKey, useRevokeApiKey } from "../../api/access";
import type { ApiKeyRow } from "../../api/generated/ApiKeyRow";
import type { MadeApiKey } from "../../api/generated/MadeApiKey";
import { ProblemNotice, ProblemState } from "../../components/Problem";
import { Ago, Stamp } from "../../components/Stamp";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { CopyButton } from "../../ui/Copy";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { Segments } from "../../ui/Segments";
import type { SectionPage } from "./sections";

const DAYS = { never: null, days_30: 30, days_90: 90, days_365: 365 } as const;
type Ends = keyof typeof DAYS;
const ENDS: readonly Ends[] = ["never", "days_30", "days_90", "days_365"];

export function KeysPage({ status }: SectionPage) {
  const { t } = useTranslation();
  const may = holds(status, "api_key:write");
  const online = answers(status);
  const [open, setOpen] = useState(false);
  const [revoking, setRevoking] = useState<ApiKeyRow | null>(null);
  const [old, setOld] = useState(false);
  const { data, error } = useApiKeys(may && online);
  const keys = data?.keys.filter((key) => old || key.state === "live") ?? [];
  const hidden = (data?.keys.length ?? 0) > keys.length || old;
  return (
    <Card
      title={t("settings.keys.title")}
      tools={
        <Button
          kind="primary"
          size="small"
          data-testid="key-make"
          disabled={!may || !online}
          title={may ? (online ? undefined : t("settings.keys.offline")) : t("settings.keys.denied")}
          onClick={() => setOpen(true)}
        >
          {t("settings.keys.make")}
        </Button>
      }
    >
      <p className="quiet note">{t("settings.keys.text")}</p>
      {may ? null : (
        <Notice tone="warning" testId="keys-denied">
          {t("settings.keys.denied")}
        </Notice>
      )}
      {may && !online ? <Notice testId="keys-offline">{t("settings.keys.offline")}</Notice> : null}
      {error ? <ProblemState failure={error} /> : null}
      {data && data.keys.length === 0 ? <p data-testid="keys-none">{t("settings.keys.none")}</p> : null}
      {keys.length > 0 ? <Keys keys={keys} onRevoke={setRevoking} /> : null}
      {hidden ? (
        <Checkbox
          data-testid="keys-old"
          label={t("settings.keys.show_old")}
          checked={old}
          onChange={(event) => setOld(event.target.checked)}
        />
      ) : null}
      <Make open={open} permissions={data?.permissions ?? []} onClose={() => setOpen(false)} />
      <Revoke row={revoking} onClose={() => setRevoking(null)} />
    </Card>
  );
}

function Keys({ keys, onRevoke }: { keys: ApiKeyRow[]; onRevoke(row: ApiKeyRow): void }) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="access-list scroll" role="group" tabIndex={0} aria-label={t("settings.keys.title")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("settings.keys.name")}</th>
            <th scope="col">{t("settings.keys.permissions")}</th>
            <th scope="col">{t("settings.keys.used")}</th>
            <th scope="col">{t("settings.keys.ends")}</th>
            <th scope="col">{t("settings.keys.state")}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id} data-testid="key-row" data-state={key.state} data-name={key.name}>
              <td className="mono">{key.name}</td>
              <td className="mono wrap">{key.permissions.join(", ")}</td>
              <td>
                <Ago at={key.last_used_at} />
              </td>
              <td>{key.expires_at ? <Stamp at={key.expires_at} /> : t("settings.keys.never")}</td>
              <td>{t(`settings.keys.${key.state}`)}</td>
              <td className="end">
                {key.state === "revoked" ? null : (
                  <Button
                    size="small"
                    aria-label={t("settings.keys.revoke_title", { name: key.name })}
                    data-testid="key-revoke"
                    onClick={() => onRevoke(key)}
                  >
                    {t("settings.keys.revoke")}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface MakeProps {
  open: boolean;
  permissions: string[];
  onClose(): void;
}

function Make({ open, permissions, onClose }: MakeProps) {
  const { t } = useTranslation();
  const [made, setMade] = useState<MadeApiKey | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  const title = made ? t("settings.keys.made_title", { name: made.name }) : t("settings.keys.make");
  return (
    <Dialog open={open} onClose={close} title={title} size={520}>
      {made ? (
        <div className="stack">
          <Notice tone="warning">{t("settings.keys.once")}</Notice>
          <p className="made-key mono" data-testid="key-once">
            {made.key}
            <CopyButton text={made.key} label={t("settings.keys.copy")} />
          </p>
          <div className="actions">
            <Button kind="primary" data-testid="key-done" onClick={close}>
              {t("settings.keys.done")}
            </Button>
          </div>
        </div>
      ) : (
        <MakeForm permissions={permissions} onMade={setMade} />
      )}
    </Dialog>
  );
}

function MakeForm({ permissions, onMade }: { permissions: string[]; onMade(made: MadeApiKey): void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [ends, setEnds] = useState<Ends>("days_365");
  const [chosen, setChosen] = useState<string[]>(["events:write"]);
  const create = useCreateApiKey();
  const given = chosen.filter((one) => permissions.includes(one));
  const fits = /^[A-Za-z0-9._-]{1,64}$/.test(name) && given.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ name, permissions: given, days: DAYS[ends] }, { onSuccess: onMade });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextInput
        data-testid="key-name"
        label={t("settings.keys.name")}
        description={t("settings.keys.name_hint")}
        className="mono-input"
        autoFocus
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <fieldset className="key-permissions">
        <legend>{t("settings.keys.permissions")}</legend>
        {permissions.map((permission) => (
          <Checkbox
            key={permission}
            className="mono"
            data-testid={`key-may-${permission}`}
            label={permission}
            checked={chosen.includes(permission)}
            onChange={(event) =>
              setChosen(
                event.target.checked
                  ? [...chosen, permission]
                  : chosen.filter((other) => other !== permission),
              )
            }
          />
        ))}
      </fieldset>
      <div>
        <p className="quiet note">{t("settings.keys.ends")}</p>
        <Segments<Ends>
          label={t("settings.keys.ends")}
          value={ends}
          options={ENDS.map((value) => ({ value, label: t(`settings.keys.${value}`) }))}
          onChange={setEnds}
        />
      </div>
      <ProblemNotice failure={create.error} />
      <div className="actions">
        <Button kind="primary" type="submit" data-testid="key-create" disabled={!fits || create.isPending}>
          {t(create.isPending ? "settings.keys.creating" : "settings.keys.create")}
        </Button>
      </div>
    </form>
  );
}

function Revoke({ row, onClose }: { row: ApiKeyRow | null; onClose(): void }) {
  const { t } = useTranslation();
  const name = row?.name ?? "";
  return (
    <Dialog
      open={row !== null}
      onClose={onClose}
      title={t("settings.keys.revoke_title", { name })}
      size={480}
    >
      {row ? <RevokeForm key={row.id} row={row} onClose={onClose} /> : null}
    </Dialog>
  );
}

function RevokeForm({ row, onClose }: { row: ApiKeyRow; onClose(): void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const revoke = useRevokeApiKey();
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        revoke.mutate(row.id, { onSuccess: onClose });
      }}
    >
      <p>{t("settings.keys.revoke_text")}</p>
      <TextInput
        data-testid="key-typed"
        label={t("settings.keys.revoke_type", { name: row.name })}
        className="mono-input"
        autoFocus
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <ProblemNotice failure={revoke.error} />
      <div className="actions">
        <Button
          kind="primary"
          type="submit"
          data-testid="key-revoke-confirm"
          disabled={typed !== row.name || revoke.isPending}
        >
          {t(revoke.isPending ? "settings.keys.revoking" : "settings.keys.revoke")}
        </Button>
      </div>
    </form>
  );
}
