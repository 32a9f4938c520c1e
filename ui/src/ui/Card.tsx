/** A framed part of a page with a title and its tools. */
import { type ReactNode, useId } from "react";

interface CardProps {
  title: ReactNode;
  tools?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Card({ title, tools, className, children }: CardProps) {
  const id = useId();
  return (
    <section className={`card ${className ?? ""}`} aria-labelledby={id}>
      <header className="card-head">
        <h2 id={id} className="ellipsis">
          {title}
        </h2>
        {tools}
      </header>
      <div className="card-body">{children}</div>
    </section>
  );
}
