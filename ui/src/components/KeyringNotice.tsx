/** The keyring is missing, locked or silent: what that means, and trying it again. */
import { useTranslation } from "react-i18next";
import type { Keyring } from "../api/generated/Keyring";
import { useKeyringRetry } from "../api/profile";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { announce } from "../ui/Toast";
import { useProblemText } from "./Problem";

export function KeyringNotice({ keyring }: { keyring: Keyring }) {
  const { t } = useTranslation();
  const retry = useKeyringRetry();
  const say = useProblemText();
  if (keyring.state !== "memory_only" && keyring.state !== "refusing") return null;
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
        <Button size="small" data-testid="keyring-retry" disabled={retry.isPending} onClick={again}>
          {t(retry.isPending ? "shell.keyring.trying" : "shell.common.retry")}
        </Button>
      }
    >
      {t(`shell.keyring.${keyring.trouble}`)}{" "}
      {t(keyring.state === "refusing" ? "shell.keyring.refusing" : "shell.keyring.memory")}
    </Notice>
  );
}
