/** The search bar: completes fields and values, says what it cannot read, and runs on Enter. */
import { Search, X } from "lucide-react";
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryCheck, useQueryFields } from "../../api/event";
import { asProblem } from "../../api/problem";
import { useNoteRecent, useSaved } from "../../api/saved";
import { type Suggestion, suggestions } from "../../table/query";
import { IconButton } from "../../ui/Button";
import { Keys } from "../../ui/Keys";

/** So many of the last searches are offered while nothing is typed. */
const RECENT_SHOWN = 8;
/** Checked when typing has rested this long. */
const REST_MS = 250;

function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

interface SearchBarProps {
  query: string;
  onSearch(query: string): void;
  onType(): void;
}

export function SearchBar({ query, onSearch, onType }: SearchBarProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const { data: fields } = useQueryFields();
  const rested = useRested(text);
  const check = useQueryCheck(rested);
  const note = useNoteRecent();
  const deferred = useDeferredValue(text);

  // What was typed gives way when the query changes elsewhere: a pivot, the address, back.
  useEffect(() => setText(query), [query]);

  const { data: saved } = useSaved();
  const past = (saved?.recent ?? []).slice(0, RECENT_SHOWN).map(({ query: made }) => ({
    label: made,
    query: made,
    caret: made.length,
  }));
  const fitting = text === "" ? past : suggestions(deferred, Math.min(caret, deferred.length), fields ?? []);
  const list = open ? fitting : [];
  const chosen = list[at];
  const take = (one: Suggestion) => {
    setText(one.query);
    setCaret(one.caret);
    setAt(-1);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(one.caret, one.caret);
    });
  };
  const submit = (wanted: string) => {
    setOpen(false);
    if (wanted.trim()) note.mutate(wanted.trim());
    onSearch(wanted.trim());
  };
  const key = (event: KeyboardEvent<HTMLInputElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !open && text === "") {
      event.preventDefault();
      setOpen(true);
      setAt(-1);
    } else if (step && list.length > 0) {
      event.preventDefault();
      setAt((at + step + list.length + 1) % (list.length + 1));
    } else if (event.key === "Tab" && !event.shiftKey && list.length > 0 && (chosen ?? list[0])) {
      event.preventDefault();
      const one = chosen ?? list[0];
      if (one) take(one);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (chosen && text === "") submit(chosen.query);
      else if (chosen) take(chosen);
      else submit(text);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (list.length > 0) setOpen(false);
      else input.current?.blur();
    }
  };
  return (
    <div className="search">
      <div className="search-box" data-invalid={check.isError}>
        <Search size={16} aria-hidden="true" />
        <input
          ref={input}
          id="event-search"
          data-testid="search-input"
          type="text"
          role="combobox"
          spellCheck={false}
          autoComplete="off"
          aria-label={t("events.search.label")}
          aria-expanded={list.length > 0}
          aria-controls="event-search-list"
          aria-autocomplete="list"
          aria-activedescendant={chosen ? `event-search-${at}` : undefined}
          aria-invalid={check.isError}
          aria-describedby="event-search-problem"
          placeholder={t("events.search.placeholder")}
          value={text}
          onChange={(event) => {
            onType();
            setText(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setOpen(true);
            setAt(-1);
          }}
          onKeyDown={key}
          onBlur={() => setOpen(false)}
        />
        {text ? (
          <IconButton size="small" label={t("events.search.clear")} onClick={() => submit("")}>
            <X size={14} aria-hidden="true" />
          </IconButton>
        ) : (
          <Keys keys="/" />
        )}
      </div>
      <ul
        id="event-search-list"
        role="listbox"
        aria-label={t(text === "" ? "events.saved.recent" : "events.search.fields")}
        className="search-list"
        hidden={list.length === 0}
      >
        {list.map((one, index) => (
          <li
            key={one.label}
            id={`event-search-${index}`}
            role="option"
            aria-selected={index === at}
            className="mono"
            tabIndex={-1}
            onMouseDown={(event) => {
              event.preventDefault();
              if (text === "") submit(one.query);
              else take(one);
            }}
          >
            {one.label}
          </li>
        ))}
      </ul>
      <div id="event-search-problem" aria-live="polite">
        {check.isError && rested === text ? (
          <QueryProblem
            failure={check.error}
            replace={(wrong, right) => setText(text.replace(wrong, right))}
          />
        ) : null}
      </div>
    </div>
  );
}

interface QueryProblemProps {
  failure: unknown;
  replace(wrong: string, right: string): void;
}

/** Why the query cannot be read, and the nearest field where one was misspelt. */
export function QueryProblem({ failure, replace }: QueryProblemProps) {
  const { t } = useTranslation();
  const problem = asProblem(failure);
  const { unknown, nearest } = problem.fields ?? {};
  return (
    <p className="search-problem negative">
      {unknown && nearest ? (
        <>
          {t("events.search.unknown_field", { field: unknown })}{" "}
          <button type="button" className="link" onClick={() => replace(unknown, nearest)}>
            {t("events.search.nearest", { field: nearest })}
          </button>
        </>
      ) : (
        t("events.search.invalid", { detail: problem.detail })
      )}
    </p>
  );
}
