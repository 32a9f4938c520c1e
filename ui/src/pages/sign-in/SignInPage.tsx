/** Nobody is signed in, and nothing is cached to look at. */
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/generated/Status";
import { useProfiles, useProfileUse } from "../../api/profile";
import { KeyringNotice } from "../../components/KeyringNotice";
import { Frame } from "../setup/SetupPage";
import { SignInForm } from "./SignInForm";

export function SignInPage({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { profile } = status;
  const text = profile?.embedded
    ? t("signin.form.local")
    : t("signin.form.text", { url: profile?.url ?? "" });
  return (
    <Frame title={t("signin.form.title")} text={text}>
      <KeyringNotice keyring={status.keyring} />
      <SignInForm profile={profile} />
      <Others status={status} />
    </Frame>
  );
}

/** The other platforms of this console can be looked at meanwhile. */
function Others({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { data: rows = [] } = useProfiles();
  const use = useProfileUse();
  const others = rows.filter((row) => row.id !== status.profile?.id);
  if (others.length === 0) return null;
  return (
    <div className="stack">
      <p className="quiet">{t("signin.form.others")}</p>
      {others.map((row) => (
        <button key={row.id} type="button" className="link" onClick={() => use.mutate({ id: row.id })}>
          {row.name}
        </button>
      ))}
    </div>
  );
}
