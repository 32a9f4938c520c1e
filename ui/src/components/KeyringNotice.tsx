/**
 * The keyring is missing, locked or silent: what that means, and trying it again. Says for itself
 * what follows from it, a session that cannot be read included, so that one notice is enough.
 */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Keyring } from "../api/generated/Keyring";
import type { Status } from "../api/generated/Status";
import { useKeyringRetry } from "../api/profile";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { announce } from "../ui/Toast";
import { useProblemText } from "./Problem";

type Troubled = Extract<Keyring, { trouble: unknown }>;

function isWithoutKeyring(keyring: Keyring): keyring is Troubled {
  return keyring.state === "memory_only" || keyring.state === "refusing";
}

/** There is one that never opened: a session that is missing here lies in it. */
export function holdsSession(keyring: Keyring): boolean {
  return keyring.state === "memory_only" && keyring.trouble !== "missing";
}

/** What cannot be read from it keeps the copy from growing. */
export function stopsCopy({ keyring, copy }: Status): boolean {
  return isWithoutKeyring(keyring) && copy.problem?.code === "no_keyring";
}

interface KeyringNoticeProps {
  keyring: Keyring;
  /** Whether the copy does not grow because of it. */
  stops?: boolean;
  /** Offers to sign in, where nobody is because of it. */
  signIn?: ReactNode;
}

export function KeyringNotice({ keyring, stops = false, signIn = null }: KeyringNoticeProps) {
  const { t } = useTranslation();
  const retry = useKeyringRetry();
  const say = useProblemText();
  if (!isWithoutKeyring(keyring)) return null;
  const kept = keyring.state === "refusing" ? "refusing" : "memory";
  const follows = signIn ? "signed_out" : stops ? "stops" : kept;
  const again = () =>
    retry.mutate(null, {
      onSuccess: (status) => {
        if (status.keyring.state !== "available") announce(t("shell.keyring.still"));
      },
      onError: (failure) => announce(say(failure)),
    });
  return (
    <Notice
      testId="keyring-banner"
      tone="warning"
      actions={
        <>
          <Button size="small" data-testid="keyring-retry" disabled={retry.isPending} onClick={again}>
            {t(retry.isPending ? "shell.keyring.trying" : "shell.common.retry")}
          </Button>
          {signIn}
        </>
      }
    >
      {t(`shell.keyring.${keyring.trouble}`)} {t(`shell.keyring.${follows}`)}
    </Notice>
  );
}
