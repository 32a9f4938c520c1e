/** The actions that exist on every page. */
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useVerifyStart } from "../api/ledger";
import { useProfiles } from "../api/profile";
import { useLoadSample } from "../api/setup";
import { useSignOut, useStatus, useSyncNow } from "../api/status";
import { useProblemText } from "../components/Problem";
import { useSwitch } from "../components/ProfileSwitch";
import { usePreferences } from "../components/preferences";
import { toSearchOfRange } from "../components/range-search";
import type { Overlay } from "../components/Shell";
import { SECTION_IDS } from "../pages/settings/section-ids";
import { PRESETS } from "../time/range";
import { announce } from "../ui/Toast";
import { type Action, useActions } from "./actions";

export function useShellActions(setOverlay: (overlay: Overlay) => void): void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const say = useProblemText();
  const path = useLocation({ select: (location) => location.pathname });
  const { theme, lang, settings, save } = usePreferences();
  const { data: status } = useStatus();
  const { data: profiles = [] } = useProfiles();
  const switchTo = useSwitch();
  const [sync, verify, signOut, sample] = [useSyncNow(), useVerifyStart(), useSignOut(), useLoadSample()];
  const go = (to: "/overview" | "/events" | "/ledger" | "/settings") => () =>
    void navigate({ to, search: (old: object) => toSearchOfRange(old) });
  const toSearchField = () => {
    void navigate({ to: "/events", search: (old: object) => toSearchOfRange(old) }).then(() => {
      document.getElementById("event-search")?.focus();
    });
  };
  const fail = { onError: (error: Error) => announce(say(error)) };
  const may = (permission: string) =>
    status?.profile?.permissions.some((held) => held === "*" || held === permission) ?? false;

  const actions: Action[] = [
    { id: "overview", group: "go", label: t("palette.action.overview"), keys: "g o", run: go("/overview") },
    { id: "events", group: "go", label: t("palette.action.events"), keys: "g e", run: go("/events") },
    { id: "ledger", group: "go", label: t("palette.action.ledger"), keys: "g l", run: go("/ledger") },
    { id: "settings", group: "go", label: t("palette.action.settings"), keys: "g s", run: go("/settings") },
    {
      id: "search",
      group: "go",
      label: t("palette.action.search"),
      keys: "/",
      run: path === "/events" ? () => document.getElementById("event-search")?.focus() : toSearchField,
    },
    {
      id: "palette",
      group: "look",
      label: t("palette.action.palette"),
      keys: "Mod+k",
      quiet: true,
      run: () => setOverlay("palette"),
    },
    { id: "help", group: "look", label: t("palette.action.help"), keys: "?", run: () => setOverlay("help") },
    {
      id: "close",
      group: "look",
      label: t("palette.action.close"),
      keys: "Escape",
      quiet: true,
      run: () => undefined,
    },
    {
      id: "theme",
      group: "look",
      label: t("palette.action.theme"),
      run: () => save({ theme: theme === "dark" ? "light" : "dark" }),
    },
    {
      id: "language",
      group: "look",
      label: t("palette.action.language"),
      run: () => save({ language: lang === "en" ? "pt-BR" : "en" }),
    },
    {
      id: "utc",
      group: "look",
      label: t("palette.action.utc"),
      keys: "u",
      run: () => save({ utc: !settings.utc }),
    },
    {
      id: "density",
      group: "look",
      label: t("palette.action.density"),
      run: () => save({ density: settings.density === "compact" ? "comfortable" : "compact" }),
    },
    { id: "proof", group: "do", label: t("palette.action.proof"), run: () => setOverlay("proof") },
    {
      id: "verify",
      group: "do",
      label: t("palette.action.verify"),
      run: () => {
        go("/ledger")();
        verify.mutate(undefined, fail);
      },
    },
    { id: "sync", group: "do", label: t("palette.action.sync"), run: () => sync.mutate(undefined, fail) },
    ...(may("platform:run")
      ? [
          {
            id: "sample",
            group: "do" as const,
            label: t("palette.action.sample"),
            run: () => sample.mutate(undefined, fail),
          },
        ]
      : []),
    {
      id: "sign-out",
      group: "do",
      label: t("palette.action.sign_out"),
      run: () => signOut.mutate(undefined, fail),
    },
    ...profiles.map((row, index) => ({
      id: `profile-${row.id}`,
      group: "go" as const,
      label: t("palette.action.profile", { name: row.name }),
      ...(index < 9 ? { keys: `Alt+${index + 1}` } : {}),
      run: () => switchTo(row),
    })),
    ...SECTION_IDS.map((section) => ({
      id: `settings-${section}`,
      group: "go" as const,
      label: t("palette.action.section", { section: t(`settings.section.${section}`) }),
      run: () => void navigate({ to: "/settings/$section", params: { section } }),
    })),
    ...(path === "/events" || path === "/overview" ? rangeActions() : []),
  ];
  function rangeActions(): Action[] {
    return [
      {
        id: "range",
        group: "time",
        label: t("palette.action.range"),
        keys: "t",
        run: () => setOverlay("range"),
      },
      ...([...PRESETS, "all"] as const).map((last) => ({
        id: `range-${last}`,
        group: "time" as const,
        label: t(`shell.range.${last}`),
        run: () =>
          void navigate({
            to: path === "/events" ? "/events" : "/overview",
            search: (old: object) => ({ ...withoutRange(old), last }),
          }),
      })),
    ];
  }
  useActions(actions);
}

function withoutRange(search: object): object {
  return Object.fromEntries(
    Object.entries(search).filter(([name]) => !["from", "to", "last"].includes(name)),
  );
}
