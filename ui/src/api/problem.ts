/**
 * What a command fails with. Foreign values are parsed, never believed: a failure that is not a
 * `Problem` becomes one, so that the window has a single translator (`problem.code.*`).
 */

import type { Code } from "./generated/Code";
import { CODES } from "./generated/commands";
import type { Problem } from "./generated/Problem";

export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

function isCode(word: unknown): word is Code {
  return CODES.some((code) => code === word);
}

function local(detail: string): Problem {
  return {
    type: "urn:vigia:problem:internal",
    title: "The platform failed",
    status: 500,
    code: "internal",
    detail,
    request_id: "",
    fields: {},
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function fieldsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, reason]) => [name, String(reason)]));
}

/** Any failure as a `Problem`. */
export function asProblem(failure: unknown): Problem {
  if (failure instanceof ProblemError) return failure.problem;
  if (failure instanceof Error) return local(failure.message);
  if (typeof failure !== "object" || failure === null) return local(String(failure));
  const code = "code" in failure ? failure.code : undefined;
  const detail = "detail" in failure ? textOf(failure.detail) : "";
  if (!isCode(code)) return local(detail || JSON.stringify(failure));
  const base: Problem = {
    ...local(detail),
    code,
    type: `urn:vigia:problem:${code}`,
    title: "title" in failure ? textOf(failure.title) : "",
    status: "status" in failure && typeof failure.status === "number" ? failure.status : 500,
    request_id: "request_id" in failure ? textOf(failure.request_id) : "",
    fields: "fields" in failure ? fieldsOf(failure.fields) : {},
  };
  if ("retry_after" in failure && typeof failure.retry_after === "number") {
    return { ...base, retry_after: failure.retry_after };
  }
  return base;
}
