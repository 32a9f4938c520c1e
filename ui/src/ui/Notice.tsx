/** A line that says something about the whole page, with what can be done about it. */
import { Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

interface NoticeProps {
  tone?: "plain" | "warning" | "negative";
  children: ReactNode;
  actions?: ReactNode;
  testId?: string;
}

export function Notice({ tone = "plain", children, actions, testId }: NoticeProps) {
  const Icon = tone === "plain" ? Info : TriangleAlert;
  return (
    <div
      className="notice"
      data-testid={testId}
      data-tone={tone}
      role={tone === "negative" ? "alert" : "status"}
    >
      <Icon size={16} aria-hidden="true" />
      <p>{children}</p>
      {actions}
    </div>
  );
}
