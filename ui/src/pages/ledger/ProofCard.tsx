/** One event's proof as a file, by its number; the same is in the event's own drawer. */
import { Checkbox } from "@mantine/core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/generated/Status";
import { useProofSave } from "../../api/ledger";
import { ProblemNotice } from "../../components/Problem";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { CopyButton } from "../../ui/Copy";

export function ProofCard({ status }: { status: Status }) {
  const { t } = useTranslation();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [content, setContent] = useState(false);
  const save = useProofSave();
  const seq = /^\d{1,15}$/.test(typed.trim()) ? Number(typed) : null;
  const known = seq !== null && seq < status.copy.entries;
  return (
    <Card title={t("ledger.proof.title")}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (known) save.mutate({ seq, with_content: content });
        }}
      >
        <p className="quiet note">{t("ledger.proof.text")}</p>
        <div className="proof-form">
          <label htmlFor={id}>{t("ledger.proof.seq")}</label>
          <input
            id={id}
            className="field number"
            inputMode="numeric"
            data-testid="proof-seq"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Button type="submit" data-testid="proof-save" disabled={!known || save.isPending}>
            {t("ledger.proof.save")}
          </Button>
        </div>
        <Checkbox
          label={t("ledger.proof.content")}
          description={t("ledger.proof.content_text")}
          checked={content}
          onChange={(event) => setContent(event.target.checked)}
        />
      </form>
      <ProofSavedLine save={save} />
    </Card>
  );
}

/** Where the file lies, or why there is none. */
export function ProofSavedLine({ save }: { save: ReturnType<typeof useProofSave> }) {
  const { t } = useTranslation();
  return (
    <div aria-live="polite">
      <ProblemNotice failure={save.error} />
      {save.data ? (
        <p className="with-tool proof-saved" data-testid="proof-saved" data-path={save.data.path}>
          <span>{t("ledger.proof.saved", { path: save.data.path })}</span>
          <CopyButton text={save.data.path} label={t("ledger.proof.copy_path")} />
        </p>
      ) : null}
    </div>
  );
}
