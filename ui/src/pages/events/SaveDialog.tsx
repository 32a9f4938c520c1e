/** A name for a search: for what is on the screen, or another one for a search that is kept already. */
import { Checkbox, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SavedSearch } from "../../api/generated/SavedSearch";
import { usePutSaved } from "../../api/saved";
import { ProblemNotice } from "../../components/Problem";
import { useRangeText } from "../../components/RangePicker";
import type { EventsSearch } from "../../router";
import type { Layout } from "../../table/columns";
import { parseRange } from "../../time/range";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { draftOf, nameOf } from "./saved";

interface SaveDialogProps {
  /** Which search gets the name; `null` for a new one. */
  search: SavedSearch | null;
  address: EventsSearch;
  layout: Layout;
  onClose(): void;
  onSaved(search: SavedSearch): void;
}

export function SaveDialog(props: SaveDialogProps & { open: boolean }) {
  const { t } = useTranslation();
  const { open, ...rest } = props;
  return (
    <Dialog
      open={open}
      onClose={rest.onClose}
      title={t(rest.search ? "events.saved.rename_title" : "events.saved.save_title")}
      size={460}
    >
      <SaveForm {...rest} />
    </Dialog>
  );
}

function SaveForm({ search, address, layout, onClose, onSaved }: SaveDialogProps) {
  const { t } = useTranslation();
  const range = useRangeText();
  const put = usePutSaved();
  const [name, setName] = useState(search ? nameOf(search, t) : "");
  const [columns, setColumns] = useState(false);
  const submit = () => {
    const draft = search
      ? { ...search, name: name.trim() }
      : draftOf(address, layout, { id: null, name: name.trim(), columns });
    const { id, query, sort } = draft;
    put.mutate(
      { id, name: draft.name, query, range: draft.range, sort, columns: draft.columns },
      {
        onSuccess: (kept) => {
          onClose();
          onSaved(kept);
        },
      },
    );
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextInput
        label={t("events.saved.name")}
        data-autofocus
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {search ? null : (
        <>
          <dl className="pairs">
            <dt>{t("events.export.query")}</dt>
            <dd className="mono">{address.q || t("events.export.everything")}</dd>
            <dt>{t("events.export.range")}</dt>
            <dd>
              {range(parseRange({ ...address }), "all")}
              {address.from || address.to ? null : ` (${t("events.saved.relative")})`}
            </dd>
          </dl>
          <Checkbox
            label={t("events.saved.columns")}
            checked={columns}
            onChange={(event) => setColumns(event.target.checked)}
          />
        </>
      )}
      <ProblemNotice failure={put.error} />
      <div className="actions dialog-actions">
        <Button onClick={onClose}>{t("events.export.cancel")}</Button>
        <Button kind="primary" type="submit" disabled={name.trim() === "" || put.isPending}>
          {t(search ? "events.saved.rename_do" : "events.saved.save_do")}
        </Button>
      </div>
    </form>
  );
}
