/** The frame of the settings: the list of sections at the left, the chosen one beside it. */
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useStatus } from "../../api/status";
import { toSearchOfRange } from "../../components/range-search";
import { NotFound } from "../NotFound";
import { SECTIONS, type Section } from "./sections";

const GROUPS = ["computer", "platform"] as const;

export function SettingsPage() {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const { section: id } = useParams({ from: "/settings/$section" });
  const section = SECTIONS.find((one) => one.id === id);
  if (!section) return <NotFound />;
  const { page: Page } = section;
  return (
    <div className="settings-frame">
      <nav className="settings-list scroll" aria-label={t("settings.section.label")}>
        {GROUPS.map((group) => (
          <SectionGroup key={group} group={group} />
        ))}
      </nav>
      <div className="page scroll">
        <div className="settings" data-testid={`settings-${section.id}`}>
          {status ? <Page status={status} /> : null}
        </div>
      </div>
    </div>
  );
}

function SectionGroup({ group }: { group: Section["group"] }) {
  const { t } = useTranslation();
  const sections = SECTIONS.filter((section) => section.group === group);
  if (sections.length === 0) return null;
  return (
    <>
      <p className="section-group">{t(`settings.section.of_${group}`)}</p>
      {sections.map(({ id, icon: Icon }) => (
        <Link
          key={id}
          to="/settings/$section"
          params={{ section: id }}
          search={toSearchOfRange}
          className="section-link"
          data-testid={`settings-link-${id}`}
          activeProps={{ "aria-current": "page" }}
          activeOptions={{ includeSearch: false }}
        >
          <Icon size={16} aria-hidden="true" />
          <span>{t(`settings.section.${id}`)}</span>
        </Link>
      ))}
    </>
  );
}
