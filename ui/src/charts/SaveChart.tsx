/** Saves a chart as a file: drawn for paper, or its numbers. The desk counts and draws; it is told which. */
import { Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ChartForm } from "../api/generated/ChartForm";
import type { ChartKind } from "../api/generated/ChartKind";
import type { Range } from "../api/generated/Range";
import { call } from "../api/host";
import { useProblemText } from "../components/Problem";
import { usePreferences } from "../components/preferences";
import { IconButton } from "../ui/Button";
import { announce } from "../ui/Toast";

/** Which chart, of which events. */
export interface ChartSource {
  chart: ChartKind;
  query?: string;
  range: Range;
}

export function SaveChart({ title, source, more }: { title: string; source: ChartSource; more?: ReactNode }) {
  const { t } = useTranslation();
  const { zone, lang } = usePreferences();
  const say = useProblemText();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (form: ChartForm) => call("chart_save", { query: "", ...source, zone, language: lang, form }),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
    onError: (error) => announce(say(error)),
  });
  return (
    <Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <IconButton size="small" label={t("chart.tool.more", { title })} data-testid={`save-${source.chart}`}>
          <Ellipsis size={14} aria-hidden="true" />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save.mutate("svg")}>{t("chart.tool.svg")}</Menu.Item>
        <Menu.Item onClick={() => save.mutate("csv")}>{t("chart.tool.csv")}</Menu.Item>
        {more}
      </Menu.Dropdown>
    </Menu>
  );
}
