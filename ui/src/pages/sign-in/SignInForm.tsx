/** E-mail and password; the first time, with the fingerprint that was accepted. */
import { PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProbeReply } from "../../api/generated/ProbeReply";
import type { Profile } from "../../api/generated/Profile";
import type { Tls } from "../../api/generated/Tls";
import { useSignIn } from "../../api/setup";
import { ProblemNotice } from "../../components/Problem";
import { Button } from "../../ui/Button";

interface SignInFormProps {
  profile: Profile | null;
  found?: ProbeReply;
  /** A platform that is known already. */
  url?: string;
  /** How the certificate was trusted, where it was not as this computer does. */
  tls?: Tls | null;
  onDone?(): void;
}

export function SignInForm({ profile, found, url, tls = null, onDone }: SignInFormProps) {
  const { t } = useTranslation();
  const signIn = useSignIn();
  const [email, setEmail] = useState(profile?.email ?? "");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate(
      {
        url: found?.url ?? url ?? null,
        email: email.trim(),
        password,
        fingerprint: found?.fingerprint ?? null,
        ...(tls ? { tls } : {}),
      },
      { onSuccess: () => onDone?.() },
    );
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextInput
        data-testid="wizard-email"
        label={t("signin.form.email")}
        type="email"
        autoComplete="username"
        autoFocus
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <PasswordInput
        data-testid="wizard-password"
        label={t("signin.form.password")}
        autoComplete="current-password"
        visibilityToggleButtonProps={{ "aria-label": t("shell.common.show_password") }}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <ProblemNotice failure={signIn.error} />
      <div className="sheet-buttons">
        <Button
          data-testid="wizard-signin"
          kind="primary"
          type="submit"
          disabled={signIn.isPending || !email.trim() || !password}
        >
          {t(signIn.isPending ? "signin.form.working" : "signin.form.submit")}
        </Button>
      </div>
    </form>
  );
}
