/** Nobody is signed in, and nothing is cached to look at. */
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/generated/Status";
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
      <SignInForm profile={profile} />
    </Frame>
  );
}
