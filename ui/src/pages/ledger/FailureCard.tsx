/** What a failure looks like, before there is one; and what to do when there is. */
import { ShieldX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Integrity } from "../../api/generated/Integrity";
import type { LedgerView } from "../../api/generated/LedgerView";
import { FINDINGS, findingOf } from "../../components/finding";
import { usePreferences } from "../../components/preferences";
import { stamp } from "../../time/format";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { copyText } from "../../ui/Copy";

export function FailureCard() {
  const { t } = useTranslation();
  return (
    <Card title={t("ledger.failure.title")}>
      <p className="quiet note">{t("ledger.failure.text")}</p>
      <div className="failure" role="img" aria-label={t("ledger.failure.picture")}>
        <Tree title={t("ledger.failure.kept")} root={t("ledger.failure.signed")} changed={false} />
        <Tree title={t("ledger.failure.served")} root={t("ledger.failure.other")} changed={true} />
      </div>
      <p>{t("ledger.failure.then")}</p>
      <ul className="plain-list">
        <li>{t("ledger.failure.step_evidence")}</li>
        <li>{t("ledger.failure.step_stop")}</li>
        <li>{t("ledger.failure.step_search")}</li>
      </ul>
      <details>
        <summary>{t("ledger.failure.words")}</summary>
        <dl className="pairs">
          {FINDINGS.map((word) => (
            <div key={word} className="pair">
              <dt className="mono">{word}</dt>
              <dd>{t(`shell.broken.${word}`)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Card>
  );
}

/** Four leaves, two nodes, a root; the hashes are those of the drawing alone. */
const KEPT = { leaves: ["9d5e", "4a1c", "e07b", "31f6"], nodes: ["c2aa", "7f03"], root: "5b9e" };
const SERVED = { leaves: ["9d5e", "b8d2", "e07b", "31f6"], nodes: ["06ec", "7f03"], root: "d417" };

function Tree({ title, root, changed }: { title: string; root: string; changed: boolean }) {
  const { leaves, nodes, root: top } = changed ? SERVED : KEPT;
  const other = (hash: string, kept: string | undefined) => changed && hash !== kept;
  return (
    <figure className="tree" aria-hidden="true">
      <figcaption>{title}</figcaption>
      <svg viewBox="0 0 280 172" aria-hidden="true">
        <path
          className="tree-edge"
          d="M140 34 74 74M140 34l66 40M74 94 41 124M74 94l33 30M206 94l-33 30M206 94l33 30"
        />
        <TreeNode x={140} y={24} text={top} changed={other(top, KEPT.root)} wide={true} />
        <text x={186} y={28} className={changed ? "tree-word tree-changed" : "tree-word"}>
          {root}
        </text>
        {nodes.map((hash, index) => (
          <TreeNode
            key={hash}
            x={74 + index * 132}
            y={84}
            text={hash}
            changed={other(hash, KEPT.nodes[index])}
          />
        ))}
        {leaves.map((hash, index) => (
          <g key={hash}>
            <TreeNode x={41 + index * 66} y={134} text={hash} changed={other(hash, KEPT.leaves[index])} />
            <text x={41 + index * 66} y={164} textAnchor="middle" className="tree-seq">
              {17 + index}
            </text>
          </g>
        ))}
      </svg>
    </figure>
  );
}

interface TreeNodeProps {
  x: number;
  y: number;
  text: string;
  changed: boolean;
  wide?: boolean;
}

function TreeNode({ x, y, text, changed, wide = false }: TreeNodeProps) {
  const half = wide ? 36 : 26;
  return (
    <g className={changed ? "tree-node tree-changed" : "tree-node"}>
      <rect x={x - half} y={y - 11} width={2 * half} height={22} rx={4} />
      <text x={x} y={y + 4} textAnchor="middle">
        {changed ? `≠ ${text}` : text}
      </text>
    </g>
  );
}

type Broken = Extract<Integrity, { state: "broken" }>;

/** What helps whoever looks into it: nothing of it is secret or about a person. */
function useSupportText(broken: Broken, ledger: LedgerView): string {
  const { t } = useTranslation();
  const { style } = usePreferences();
  const lines: [string, string | null][] = [
    [t("ledger.support.finding"), broken.finding],
    [t("ledger.support.entry"), broken.seq === null ? null : String(broken.seq)],
    [t("ledger.support.noticed"), `${stamp(new Date(broken.at), style)} (${broken.at})`],
    [t("ledger.support.detail"), broken.detail],
    [
      t("ledger.support.checkpoint"),
      broken.checkpoint
        ? `${broken.checkpoint.origin} ${broken.checkpoint.size} ${broken.checkpoint.root}`
        : null,
    ],
    [t("ledger.support.key"), ledger.key?.fingerprint ?? null],
    [t("ledger.support.evidence"), broken.evidence],
  ];
  return lines.flatMap(([name, value]) => (value ? [`${name}: ${value}`] : [])).join("\n");
}

export function WhatToDo({ broken, ledger }: { broken: Broken; ledger: LedgerView }) {
  const { t } = useTranslation();
  const support = useSupportText(broken, ledger);
  return (
    <Card
      className="what-to-do"
      title={t("ledger.failure.do_title")}
      tools={
        <Button size="small" data-testid="copy-support" onClick={() => void copyText(support)}>
          {t("shell.copy.support")}
        </Button>
      }
    >
      <p className="what-found">
        <ShieldX size={16} aria-hidden="true" />
        <strong>{t(`shell.broken.${findingOf(broken.finding)}`)}</strong>
      </p>
      <ol className="plain-list">
        <li>{t("ledger.failure.do_leave")}</li>
        <li>{t("ledger.failure.do_keep")}</li>
        <li>{t("ledger.failure.do_tell")}</li>
        <li>{t("ledger.failure.do_ask")}</li>
        <li>{t("ledger.failure.do_verify")}</li>
      </ol>
    </Card>
  );
}
