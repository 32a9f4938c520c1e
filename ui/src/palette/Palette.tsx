/** The command palette (every action, with its key) and the list of keys. */
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Overlay } from "../components/Shell";
import { Dialog } from "../ui/Dialog";
import { Keys } from "../ui/Keys";
import { type Action, type Group, useAllActions } from "./actions";
import { score } from "./match";

interface PaletteProps {
  overlay: Overlay;
  setOverlay(overlay: Overlay): void;
}

const GROUPS: readonly Group[] = ["go", "event", "do", "look", "time", "table"];

export function Palette({ overlay, setOverlay }: PaletteProps) {
  const { t } = useTranslation();
  const close = () => setOverlay(null);
  return (
    <>
      <Dialog open={overlay === "palette"} onClose={close} title={t("palette.box.title")} size={600}>
        <Commands close={close} />
      </Dialog>
      <Dialog open={overlay === "help"} onClose={close} title={t("palette.help.title")} size={760}>
        <Help />
      </Dialog>
    </>
  );
}

function Commands({ close }: { close(): void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const all = useAllActions();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);

  const found = useMemo(() => {
    const offered = all.filter((action) => !action.quiet);
    const scored = offered.map((action) => ({ action, score: score(typed, action.label) }));
    const fitting = scored.filter((one) => one.score > 0);
    const byGroup = (action: Action) => GROUPS.indexOf(action.group);
    return fitting
      .sort((a, b) => b.score - a.score || byGroup(a.action) - byGroup(b.action))
      .map((one) => one.action);
  }, [all, typed]);
  const search: Action = {
    id: "search-events",
    group: "go",
    label: t("palette.box.search_events", { text: typed }),
    run: () => void navigate({ to: "/events", search: { q: typed } }),
  };
  const shown = typed.trim() ? [...found, search] : found;
  const current = shown[Math.min(at, shown.length - 1)];

  useEffect(() => {
    list.current?.querySelector(`[data-index="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const run = (action: Action) => {
    close();
    // After the dialog is gone, so that the action may move the focus.
    setTimeout(() => action.run(), 0);
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((at + step + shown.length) % shown.length);
    } else if (event.key === "Enter" && current) {
      event.preventDefault();
      run(current);
    }
  };
  return (
    <div className="palette">
      <input
        type="text"
        role="combobox"
        data-autofocus
        aria-label={t("palette.box.placeholder")}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={current ? `palette-${current.id}` : undefined}
        onKeyDown={key}
        placeholder={t("palette.box.placeholder")}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
      />
      <ul id="palette-list" ref={list} role="listbox" aria-label={t("palette.box.title")} className="scroll">
        {shown.map((action, index) => (
          <li
            key={action.id}
            id={`palette-${action.id}`}
            role="option"
            data-index={index}
            aria-selected={action === current}
            tabIndex={-1}
            onClick={() => run(action)}
            onKeyDown={key}
            onMouseMove={() => index !== at && setAt(index)}
          >
            <span className="faint">{t(`palette.group.${action.group}`)}</span>
            <span className="ellipsis">{action.label}</span>
            {action.keys ? <Keys keys={action.keys} /> : null}
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p className="quiet">{t("palette.box.none")}</p> : null}
    </div>
  );
}

function Help() {
  const { t } = useTranslation();
  const all = useAllActions();
  return (
    <div className="help">
      {GROUPS.map((group) => {
        const actions = all.filter((action) => action.group === group && action.keys);
        return actions.length === 0 ? null : (
          <section key={group}>
            <h2>{t(`palette.group.${group}`)}</h2>
            <dl>
              {actions.map((action) => (
                <div key={action.id}>
                  <dt>{action.label}</dt>
                  <dd>{action.keys ? <Keys keys={action.keys} /> : null}</dd>
                </div>
              ))}
            </dl>
          </section>
        );
      })}
    </div>
  );
}
