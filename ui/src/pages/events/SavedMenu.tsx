/** Saved searches: open, save, update, rename, order, forget; and the last ones that were made. */
import { Popover } from "@mantine/core";
import { ArrowDown, ArrowUp, Bookmark, History, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SavedSearch } from "../../api/generated/SavedSearch";
import { useClearRecent, useDeleteSaved, useOrderSaved, usePutSaved, useSaved } from "../../api/saved";
import { ProblemNotice } from "../../components/Problem";
import { Ago } from "../../components/Stamp";
import { useLayer } from "../../palette/actions";
import type { EventsSearch } from "../../router";
import type { Layout } from "../../table/columns";
import { Button, IconButton } from "../../ui/Button";
import { draftOf, isChanged, nameOf } from "./saved";

interface SavedMenuProps {
  open: boolean;
  setOpen(open: boolean): void;
  address: EventsSearch;
  layout: Layout;
  onOpen(search: SavedSearch): void;
  onRecent(query: string): void;
  /** Asks for a name: for a new search, or for this one. */
  onName(search: SavedSearch | null): void;
}

/** The list shows so many of the recent ones; the desk remembers more. */
const RECENT_SHOWN = 12;

export function SavedMenu({ open, setOpen, ...rest }: SavedMenuProps) {
  const { t } = useTranslation();
  const { data } = useSaved();
  const current = data?.searches.find((search) => search.id === rest.address.saved);
  useLayer(open, () => setOpen(false));
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      width={440}
      trapFocus
      returnFocus
      closeOnEscape={false}
    >
      <Popover.Target>
        <Button
          className="saved-button"
          data-testid="saved"
          aria-expanded={open}
          aria-haspopup="dialog"
          aria-label={current ? `${t("events.saved.title")}: ${nameOf(current, t)}` : t("events.saved.title")}
          onClick={() => setOpen(!open)}
        >
          <Bookmark size={14} aria-hidden="true" fill={current ? "currentColor" : "none"} />
          <span className="ellipsis">{current ? nameOf(current, t) : t("events.saved.title")}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("events.saved.title")}>
        <List {...rest} current={current} close={() => setOpen(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

interface ListProps extends Omit<SavedMenuProps, "open" | "setOpen"> {
  current: SavedSearch | undefined;
  close(): void;
}

function List({ address, layout, onOpen, onRecent, onName, current, close }: ListProps) {
  const { t } = useTranslation();
  const { data, error } = useSaved();
  const put = usePutSaved();
  const forget = useDeleteSaved();
  const order = useOrderSaved();
  const clear = useClearRecent();
  const [asked, setAsked] = useState<number | null>(null);
  const searches = data?.searches ?? [];
  const recent = data?.recent ?? [];
  const changed = current !== undefined && isChanged(current, address, layout);
  const move = (index: number, by: 1 | -1) => {
    const ids = searches.map((search) => search.id);
    const [id] = ids.splice(index, 1);
    if (id === undefined) return;
    ids.splice(index + by, 0, id);
    order.mutate(ids);
  };
  return (
    <div className="saved" data-testid="saved-list">
      <div className="saved-head">
        <Button
          size="small"
          onClick={() => {
            close();
            onName(null);
          }}
        >
          {t("events.saved.save")}
        </Button>
        {changed ? (
          <Button
            size="small"
            kind="primary"
            onClick={() =>
              put.mutate(
                draftOf(address, layout, {
                  id: current.id,
                  name: current.name,
                  columns: current.columns !== null,
                }),
              )
            }
          >
            {t("events.saved.update", { name: nameOf(current, t) })}
          </Button>
        ) : null}
      </div>
      <ProblemNotice failure={error ?? put.error ?? forget.error} />
      <ul className="scroll">
        {searches.map((search, index) => {
          const name = nameOf(search, t);
          return (
            <li key={search.id} data-testid="saved-search" data-current={search.id === current?.id}>
              <button
                type="button"
                className="saved-open"
                onClick={() => {
                  close();
                  onOpen(search);
                }}
              >
                <span className="ellipsis">{name}</span>
                <span className="mono quiet ellipsis">{search.query || t("events.export.everything")}</span>
              </button>
              <span className="saved-tools">
                <IconButton
                  size="small"
                  label={t("events.saved.rename", { name })}
                  onClick={() => {
                    close();
                    onName(search);
                  }}
                >
                  <Pencil size={13} aria-hidden="true" />
                </IconButton>
                <IconButton
                  size="small"
                  label={t("events.saved.up", { name })}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                >
                  <ArrowUp size={13} aria-hidden="true" />
                </IconButton>
                <IconButton
                  size="small"
                  label={t("events.saved.down", { name })}
                  disabled={index === searches.length - 1}
                  onClick={() => move(index, 1)}
                >
                  <ArrowDown size={13} aria-hidden="true" />
                </IconButton>
                {asked === search.id ? (
                  <Button
                    size="small"
                    className="saved-delete"
                    autoFocus
                    onClick={() => forget.mutate(search.id)}
                    onBlur={() => setAsked(null)}
                  >
                    {t("events.saved.sure")}
                  </Button>
                ) : (
                  <IconButton
                    size="small"
                    label={t("events.saved.delete", { name })}
                    onClick={() => setAsked(search.id)}
                  >
                    <Trash2 size={13} aria-hidden="true" />
                  </IconButton>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {searches.length === 0 ? <p className="quiet">{t("events.saved.none")}</p> : null}
      <div className="saved-recent">
        <h2>{t("events.saved.recent")}</h2>
        {recent.length > 0 ? (
          <Button size="small" kind="plain" onClick={() => clear.mutate(undefined)}>
            {t("events.saved.clear")}
          </Button>
        ) : null}
      </div>
      <ul className="scroll">
        {recent.slice(0, RECENT_SHOWN).map((one) => (
          <li key={one.query}>
            <button
              type="button"
              className="saved-past"
              onClick={() => {
                close();
                onRecent(one.query);
              }}
            >
              <History size={13} aria-hidden="true" />
              <span className="mono ellipsis">{one.query}</span>
              <span className="faint">
                <Ago at={one.at} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {recent.length === 0 ? <p className="quiet">{t("events.saved.no_recent")}</p> : null}
      <p className="faint">{t("events.saved.where")}</p>
    </div>
  );
}
