/** Which platform the window shows, and the way to the others; at the rail's foot. */
import { Menu } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Check, ChevronsUpDown, Plus, Server } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ProfileRow } from "../api/generated/ProfileRow";
import type { Status } from "../api/generated/Status";
import { useProfiles, useProfileUse } from "../api/profile";
import { Keys } from "../ui/Keys";
import { announce } from "../ui/Toast";
import { useProblemText } from "./Problem";

/** Shows another platform; what was open of the one before is left. */
export function useSwitch() {
  const use = useProfileUse();
  const navigate = useNavigate();
  const say = useProblemText();
  return (row: ProfileRow) => {
    if (row.in_use) return;
    // First, for nothing that is drawn now outlives the switch.
    void navigate({ to: "/overview" }).then(() =>
      use.mutate({ id: row.id }, { onError: (failure) => announce(say(failure)) }),
    );
  };
}

/** One word for how a platform of the list stands. */
export function useStanding(): (row: ProfileRow) => string {
  const { t } = useTranslation();
  return (row) => {
    if (row.integrity.state === "broken") return t("shell.foot.broken");
    return t(`shell.standing.${row.connection.state}`);
  };
}

export function ProfileSwitch({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { data: rows = [] } = useProfiles();
  const change = useSwitch();
  const standing = useStanding();
  const navigate = useNavigate();
  const name = status.profile?.name ?? "";
  return (
    // The placeholder that would take the focus first is no child that a menu may have.
    <Menu position="right-end" width={280} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button
          type="button"
          className="rail-line rail-proof rail-profile"
          data-testid="profile-switch"
          title={name}
          aria-label={t("shell.profile.open", { name })}
        >
          <Server size={14} aria-hidden="true" />
          <span className="rail-label ellipsis">{name}</span>
          <span className="rail-label rail-end" aria-hidden="true">
            <ChevronsUpDown size={12} />
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {rows.map((row, index) => (
          <Menu.Item
            key={row.id}
            data-testid="profile-item"
            data-id={row.id}
            data-autofocus={row.in_use || undefined}
            aria-current={row.in_use || undefined}
            leftSection={row.in_use ? <Check size={14} aria-hidden="true" /> : <span className="menu-gap" />}
            rightSection={index < 9 ? <Keys keys={`Alt+${index + 1}`} /> : null}
            onClick={() => change(row)}
          >
            {row.name}
            <span className="quiet menu-more" data-broken={row.integrity.state === "broken"}>
              {standing(row)}
            </span>
          </Menu.Item>
        ))}
        <Menu.Item
          data-testid="profile-manage"
          leftSection={<Plus size={14} aria-hidden="true" />}
          onClick={() => void navigate({ to: "/settings/$section", params: { section: "platforms" } })}
        >
          {t("shell.profile.manage")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
