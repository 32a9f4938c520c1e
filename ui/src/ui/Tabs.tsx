/** Tabs: arrow keys move, the panel is the caller's. */
import type { KeyboardEvent, ReactNode } from "react";

interface TabsProps<Value extends string> {
  label: string;
  id: string;
  value: Value;
  options: readonly { value: Value; label: string; mark?: ReactNode }[];
  onChange(value: Value): void;
}

export function Tabs<Value extends string>({ label, id, value, options, onChange }: TabsProps<Value>) {
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = options.findIndex((option) => option.value === value);
    const next = options[(at + step + options.length) % options.length];
    if (!next) return;
    onChange(next.value);
    document.getElementById(`${id}-${next.value}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {options.map((option) => (
        <button
          key={option.value}
          id={`${id}-${option.value}`}
          type="button"
          data-testid={`${id}-${option.value}`}
          role="tab"
          aria-selected={option.value === value}
          aria-controls={`${id}-panel`}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
        >
          {option.mark}
          {option.label}
        </button>
      ))}
    </div>
  );
}
