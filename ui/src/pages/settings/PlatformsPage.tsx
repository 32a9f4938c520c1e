/** The platforms of this console, side by side: adding one, naming it, leaving it, taking it off. */
import { TextInput } from "@mantine/core";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProfileRow } from "../../api/generated/ProfileRow";
import { useProfileRemove, useProfileRename, useProfileSignOut, useProfiles } from "../../api/profile";
import { ProblemNotice } from "../../components/Problem";
import { useStanding, useSwitch } from "../../components/ProfileSwitch";
import { usePreferences } from "../../components/preferences";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Dialog } from "../../ui/Dialog";
import { Connect, Fingerprint } from "../setup/ConnectPlatform";
import { SignInForm } from "../sign-in/SignInForm";
import type { SectionPage } from "./sections";

export function PlatformsPage({ status }: SectionPage) {
  const { t } = useTranslation();
  const { data: rows = [], error } = useProfiles();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <div className="setting">
        <p className="quiet">{t("settings.platforms.text")}</p>
        <Button kind="primary" data-testid="platform-add" onClick={() => setAdding(true)}>
          <Plus size={14} aria-hidden="true" /> {t("settings.platforms.add")}
        </Button>
      </div>
      <ProblemNotice failure={error} />
      {rows.map((row) => (
        <Platform
          key={row.id}
          row={row}
          permissions={row.in_use ? (status.profile?.permissions ?? []) : null}
        />
      ))}
      <Dialog open={adding} onClose={() => setAdding(false)} title={t("settings.platforms.add")} size={560}>
        {adding ? (
          <Connect
            onBack={() => setAdding(false)}
            onDone={() => setAdding(false)}
            frame={({ title, text, children }) => (
              <div className="stack" key={title}>
                <h2>{title}</h2>
                <p className="quiet">{text}</p>
                {children}
              </div>
            )}
          />
        ) : null}
      </Dialog>
    </>
  );
}

function Platform({ row, permissions }: { row: ProfileRow; permissions: string[] | null }) {
  const { t } = useTranslation();
  const { number } = usePreferences();
  const standing = useStanding();
  const change = useSwitch();
  const signOut = useProfileSignOut();
  const [open, setOpen] = useState<"rename" | "remove" | "sign-in" | null>(null);
  const key = row.integrity.state === "unchecked" ? null : row.integrity.checkpoint?.key_fingerprint;
  const tls = row.url.startsWith("https://") ? row.tls.kind : "none";
  return (
    <Card
      title={row.name}
      tools={
        row.in_use ? (
          <span className="badge" data-testid="platform-in-use">
            {t("settings.platforms.in_use")}
          </span>
        ) : (
          <Button size="small" data-testid="platform-use" onClick={() => change(row)}>
            {t("settings.platforms.use")}
          </Button>
        )
      }
    >
      <dl className="pairs" data-testid="platform" data-id={row.id}>
        <dt>{t("settings.account.platform")}</dt>
        <dd className="mono">{row.embedded ? t("settings.account.embedded", { url: row.url }) : row.url}</dd>
        <dt>{t("settings.platforms.standing")}</dt>
        <dd>{standing(row)}</dd>
        <dt>{t("settings.account.email")}</dt>
        <dd>{row.email ?? t("settings.account.nobody")}</dd>
        {permissions ? (
          <>
            <dt>{t("settings.account.permissions")}</dt>
            <dd className="mono">{permissions.join(", ") || t("shell.common.none")}</dd>
          </>
        ) : null}
        {row.copy ? (
          <>
            <dt>{t("settings.platforms.copy")}</dt>
            <dd className="number">
              {t("settings.platforms.entries", { n: number.format(row.copy.entries - row.copy.first) })}
            </dd>
          </>
        ) : null}
        <dt>{t("setup.trust.certificate")}</dt>
        <dd>{t(`setup.tls.${tls}`)}</dd>
        {row.tls.kind === "pinned" ? (
          <>
            <dt>{t("setup.certificate.fingerprint")}</dt>
            <dd>
              <Fingerprint text={row.tls.fingerprint} />
            </dd>
          </>
        ) : null}
        {key ? (
          <>
            <dt>{t("settings.trust.fingerprint")}</dt>
            <dd>
              <Fingerprint text={key} />
            </dd>
          </>
        ) : null}
      </dl>
      <ProblemNotice failure={signOut.error} />
      <div className="sheet-buttons">
        <Button onClick={() => setOpen("rename")}>{t("settings.platforms.rename")}</Button>
        {row.email ? (
          <Button disabled={signOut.isPending} onClick={() => signOut.mutate({ id: row.id })}>
            {t(signOut.isPending ? "settings.account.signing_out" : "settings.account.sign_out")}
          </Button>
        ) : (
          <Button onClick={() => setOpen("sign-in")}>{t("shell.banner.sign_in")}</Button>
        )}
        <Button data-testid="platform-remove" onClick={() => setOpen("remove")}>
          {t("settings.platforms.remove")}
        </Button>
      </div>
      <Dialog
        open={open === "rename"}
        onClose={() => setOpen(null)}
        title={t("settings.platforms.rename")}
        size={420}
      >
        {open === "rename" ? <Rename row={row} onDone={() => setOpen(null)} /> : null}
      </Dialog>
      <Dialog
        open={open === "sign-in"}
        onClose={() => setOpen(null)}
        title={t("signin.form.title")}
        size={420}
      >
        {open === "sign-in" ? <SignInForm profile={null} url={row.url} onDone={() => setOpen(null)} /> : null}
      </Dialog>
      <Dialog
        open={open === "remove"}
        onClose={() => setOpen(null)}
        title={t("settings.platforms.remove_title", { name: row.name })}
      >
        {open === "remove" ? <Remove row={row} onDone={() => setOpen(null)} /> : null}
      </Dialog>
    </Card>
  );
}

function Rename({ row, onDone }: { row: ProfileRow; onDone(): void }) {
  const { t } = useTranslation();
  const rename = useProfileRename();
  const [name, setName] = useState(row.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate({ id: row.id, name }, { onSuccess: onDone });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextInput
        label={t("settings.platforms.name")}
        description={t("settings.platforms.name_hint")}
        autoFocus
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <ProblemNotice failure={rename.error} />
      <div className="sheet-buttons">
        <Button kind="primary" type="submit" disabled={rename.isPending}>
          {t("settings.platforms.save")}
        </Button>
      </div>
    </form>
  );
}

function Remove({ row, onDone }: { row: ProfileRow; onDone(): void }) {
  const { t } = useTranslation();
  const remove = useProfileRemove();
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate({ id: row.id, name }, { onSuccess: onDone });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p>{t("settings.platforms.remove_gone")}</p>
      <p className="quiet">
        {t(row.embedded ? "settings.platforms.remove_stays_embedded" : "settings.platforms.remove_stays")}
      </p>
      <TextInput
        data-testid="platform-remove-name"
        label={t("settings.platforms.remove_type", { name: row.name })}
        autoFocus
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <ProblemNotice failure={remove.error} />
      <div className="sheet-buttons">
        <Button kind="plain" onClick={onDone}>
          {t("shell.common.close")}
        </Button>
        <Button
          data-testid="platform-remove-go"
          kind="primary"
          type="submit"
          disabled={name.trim() !== row.name || remove.isPending}
        >
          {t("settings.platforms.remove")}
        </Button>
      </div>
    </form>
  );
}
