/**
 * The one file that knows who hosts the window: Tauri, or the test host over loopback HTTP.
 * Both run the same console, so that nothing here imitates it; a failure is always a `Problem`.
 */
import { invoke, isTauri } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Commands, Topic } from "./generated/commands";
import type { Problem } from "./generated/Problem";
import { asProblem, ProblemError } from "./problem";

export type CommandName = keyof Commands;
export type RequestOf<Name extends CommandName> = Commands[Name]["request"];
export type ReplyOf<Name extends CommandName> = Commands[Name]["reply"];

interface Host {
  /** Runs a command; rejects with the host's own error value. */
  call(name: string, request: unknown): Promise<unknown>;
  /** Tells which topics changed until the returned function is called. */
  changes(tell: (topics: string[]) => void): () => void;
}

const TOKEN_KEY = "vigia-token";

const tauri: Host = {
  call: (name, request) => invoke(name, request === null ? {} : { request }),
  changes(tell) {
    const ending = listen<{ topics: string[] }>("desk:changed", (event) => tell(event.payload.topics));
    return () => {
      void ending.then((end) => end());
    };
  },
};

/** The one-time token from the address, kept for the life of the tab and taken out of the address. */
function takeToken(): string {
  const address = new URL(window.location.href);
  const given = address.searchParams.get("token");
  if (given) {
    sessionStorage.setItem(TOKEN_KEY, given);
    address.searchParams.delete("token");
    window.history.replaceState(null, "", address);
  }
  return given ?? sessionStorage.getItem(TOKEN_KEY) ?? "";
}

function loopback(): Host {
  const token = takeToken();
  return {
    async call(name, request) {
      const reply = await fetch(`/command/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-vigia-token": token },
        body: JSON.stringify(request),
      });
      const body: unknown = await reply.json();
      if (!reply.ok) throw body;
      return body;
    },
    changes(tell) {
      const source = new EventSource(`/changes?token=${encodeURIComponent(token)}`);
      source.onmessage = (message) => {
        const parsed: unknown = JSON.parse(String(message.data));
        if (
          typeof parsed === "object" &&
          parsed !== null &&
          "topics" in parsed &&
          Array.isArray(parsed.topics)
        ) {
          tell(parsed.topics.map(String));
        }
      };
      return () => source.close();
    },
  };
}

const host: Host = isTauri() ? tauri : loopback();

/** Runs a command of the console. The types are those that Rust generated; the console is ours. */
export async function call<Name extends CommandName>(
  name: Name,
  request: RequestOf<Name>,
): Promise<ReplyOf<Name>> {
  try {
    return (await host.call(name, request)) as ReplyOf<Name>;
  } catch (failure) {
    throw new ProblemError(asProblem(failure));
  }
}

/** Listens to what changed on the desk. */
export function onChanged(tell: (topics: Topic[]) => void): () => void {
  return host.changes((topics) => tell(topics.filter(isTopic)));
}

const TOPICS: readonly Topic[] = [
  "status",
  "events",
  "settings",
  "jobs",
  "saved",
  "older",
  "profiles",
  "desktop",
];

function isTopic(word: string): word is Topic {
  return TOPICS.some((topic) => topic === word);
}

export type { Problem };
