/** Which columns, in which order, how wide: by mouse and by keyboard. Any field may be one. */
import { Popover } from "@mantine/core";
import { ArrowDown, ArrowUp, Columns3, GripVertical, Plus, X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryCheck, useQueryFields } from "../../api/event";
import { usePreferences } from "../../components/preferences";
import { useLayer } from "../../palette/actions";
import { columnLabel } from "../../table/cells";
import {
  firstLayout,
  type Layout,
  MAX_WIDTH_PX,
  MIN_WIDTH_PX,
  moved,
  resized,
  toggled,
  usualWidth,
} from "../../table/columns";
import { Button, IconButton } from "../../ui/Button";
import { Segments } from "../../ui/Segments";

interface ColumnChooserProps {
  layout: Layout;
  /** `null` goes back to the standard. */
  setLayout(layout: Layout | null): void;
}

export function ColumnChooser(props: ColumnChooserProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  useLayer(open, () => setOpen(false));
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      width={400}
      trapFocus
      returnFocus
      closeOnEscape={false}
    >
      <Popover.Target>
        <IconButton
          label={t("events.column.choose")}
          size="small"
          data-columns
          onClick={() => setOpen(!open)}
        >
          <Columns3 size={14} aria-hidden="true" />
        </IconButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("events.column.choose")}>
        <Choice {...props} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Choice({ layout, setLayout }: ColumnChooserProps) {
  const { t } = useTranslation();
  const { settings, save } = usePreferences();
  return (
    <div className="columns" data-testid="columns">
      <h2>{t("events.column.choose")}</h2>
      <Chosen layout={layout} setLayout={setLayout} />
      <Others layout={layout} setLayout={setLayout} />
      <footer>
        <Segments
          label={t("settings.appearance.density")}
          value={settings.density}
          options={(["compact", "comfortable"] as const).map((value) => ({
            value,
            label: t(`settings.appearance.${value}`),
          }))}
          onChange={(density) => save({ density })}
        />
        <Button size="small" kind="plain" onClick={() => setLayout(null)}>
          {t("events.column.reset")}
        </Button>
      </footer>
    </div>
  );
}

/** The columns in order. A handle is dragged; Alt and an arrow move the one that has the focus. */
function Chosen({ layout, setLayout }: ColumnChooserProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const [dragged, setDragged] = useState<{ name: string; layout: Layout } | null>(null);
  const shown = dragged?.layout ?? layout;

  const follow = (event: PointerEvent<HTMLSpanElement>) => {
    if (!dragged || !list.current) return;
    const items = [...list.current.children];
    const under = items.findIndex((item) => {
      const { top, bottom } = item.getBoundingClientRect();
      return event.clientY >= top && event.clientY < bottom;
    });
    if (under >= 0) setDragged({ ...dragged, layout: moved(dragged.layout, dragged.name, under) });
  };
  const drop = () => {
    if (dragged) setLayout(dragged.layout);
    setDragged(null);
  };
  const move = (name: string, by: 1 | -1) => {
    setLayout(moved(layout, name, layout.findIndex((column) => column.name === name) + by));
  };
  const key = (event: KeyboardEvent, name: string) => {
    const by = { ArrowUp: -1 as const, ArrowDown: 1 as const }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move(name, by);
  };
  return (
    <ul ref={list} className="scroll">
      {shown.map(({ name, width }, index) => {
        const label = columnLabel(name, t);
        return (
          <li
            key={name}
            data-column={name}
            data-dragged={dragged?.name === name}
            onKeyDown={(event) => key(event, name)}
          >
            <span
              className="columns-handle"
              aria-hidden="true"
              onPointerDown={(event) => {
                event.preventDefault();
                event.currentTarget.setPointerCapture(event.pointerId);
                setDragged({ name, layout });
              }}
              onPointerMove={follow}
              onPointerUp={drop}
              onPointerCancel={() => setDragged(null)}
            >
              <GripVertical size={14} />
            </span>
            <span className={label === name ? "mono ellipsis" : "ellipsis"} title={name}>
              {label}
            </span>
            <input
              type="number"
              className="number"
              aria-label={t("events.column.resize", { name: label })}
              min={MIN_WIDTH_PX}
              max={MAX_WIDTH_PX}
              step={8}
              placeholder={usualWidth(name) === 0 ? t("events.column.rest") : String(usualWidth(name))}
              value={width ?? ""}
              onChange={(event) =>
                setLayout(
                  resized(layout, name, event.target.value === "" ? null : Number(event.target.value)),
                )
              }
            />
            <IconButton
              size="small"
              label={t("events.column.up", { name: label })}
              disabled={index === 0}
              onClick={() => move(name, -1)}
            >
              <ArrowUp size={13} aria-hidden="true" />
            </IconButton>
            <IconButton
              size="small"
              label={t("events.column.down", { name: label })}
              disabled={index === shown.length - 1}
              onClick={() => move(name, 1)}
            >
              <ArrowDown size={13} aria-hidden="true" />
            </IconButton>
            <IconButton
              size="small"
              label={t("events.column.remove", { name: label })}
              disabled={shown.length === 1}
              onClick={() => setLayout(toggled(layout, name))}
            >
              <X size={13} aria-hidden="true" />
            </IconButton>
          </li>
        );
      })}
    </ul>
  );
}

/** Fields that are no column yet, found by a part of their name; foreign ones by their whole name. */
function Others({ layout, setLayout }: ColumnChooserProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const { data: fields } = useQueryFields();
  const wanted = typed.trim();
  const own = firstLayout(Number.POSITIVE_INFINITY).map((column) => column.name);
  const all = [...own, ...(fields ?? []).map((field) => field.name).filter((name) => !own.includes(name))];
  const free = all.filter((name) => !layout.some((column) => column.name === name));
  const found = free.filter((name) =>
    `${name} ${columnLabel(name, t)}`.toLowerCase().includes(wanted.toLowerCase()),
  );
  const foreign = /^details\.\S+$/.test(wanted) && !all.includes(wanted) ? wanted : null;
  const check = useQueryCheck(foreign ? `${foreign}:*` : "");
  const list = foreign && !check.isError ? [foreign, ...found] : found;
  const add = (name: string) => {
    setLayout(toggled(layout, name));
    setTyped("");
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const first = list[0];
    if (first && wanted) add(first);
  };
  return (
    <form onSubmit={submit}>
      <input
        type="text"
        className="columns-add mono"
        spellCheck={false}
        autoComplete="off"
        aria-label={t("events.column.add")}
        placeholder={t("events.column.add")}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <ul className="columns-free scroll" aria-label={t("events.column.more")}>
        {list.map((name) => (
          <li key={name}>
            <button type="button" onClick={() => add(name)}>
              <Plus size={13} aria-hidden="true" />
              <span className="mono ellipsis">{name}</span>
              {columnLabel(name, t) === name ? null : <span className="quiet">{columnLabel(name, t)}</span>}
            </button>
          </li>
        ))}
      </ul>
      {list.length === 0 ? <p className="quiet">{t("events.column.none")}</p> : null}
    </form>
  );
}
