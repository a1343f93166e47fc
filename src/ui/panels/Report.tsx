// The report of the study, as it can be sent to others. Every number links to its experiment; the files can be
// downloaded.

import { useMemo } from "react";
import type { LabState } from "../../research/index.ts";
import { useArena, useLab, usePage } from "../actions/context.ts";
import { bpb } from "../state/format.ts";
import { addressOf } from "../state/address.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { isShort, type Block, type Inline, type Line } from "../report/blocks.ts";
import { reportOf } from "../report/report.ts";

const FILES = ["report", "report-markdown", "share-card", "chart-png", "chart-svg", "export-bundle"];

export default function Report() {
  const lab = usePage((page) => page.lab);
  const report = useReport(lab);
  const study = useLab((one) => one.study, null);
  const { file, test } = useArena();
  if (report === null || study === null) {
    return (
      <p className="empty">
        The same {file} scores differently under every seed. After the first run this shows how much, the
        changes that helped, how much of the gain holds on the {test}, and which kept changes are real.
      </p>
    );
  }
  return (
    <div className="verdicts" data-testid="verdicts">
      <div className="button-row">
        {FILES.map((action) => (
          <ActionButton key={action} action={action} testId={action} />
        ))}
      </div>
      <ActionFailure actions={FILES} />
      <Noise noise={study.noise} rule={study.settings.rule} />
      <div className="button-row">
        <ActionButton action="ablate" testId="ablate" />
      </div>
      <ActionFailure actions={["ablate"]} />
      {report.blocks.map((block, i) => (
        <Part key={i} block={block} tag={study.tag} />
      ))}
    </div>
  );
}

const NONE: LabState["experiments"] = [];

/** Built again only when its data have changed, since snapshots come several times a second. */
function useReport(lab: LabState | null) {
  const {
    study = null,
    experiments = NONE,
    ablation = null,
    corpus = null,
    device = null,
    models = null,
  } = lab ?? {};
  return useMemo(
    () => reportOf({ study, experiments, ablation, corpus, device, models }),
    [study, experiments, ablation, corpus, device, models],
  );
}

interface NoiseProps {
  readonly noise: { readonly deviation: number; readonly degrees: number } | null;
  readonly rule: string;
}

function Noise({ noise, rule }: NoiseProps) {
  const words =
    rule === "karpathy"
      ? "Karpathy’s rule: any lower score is kept, seed noise included."
      : "The paired rule: a change is kept when it is better beyond the noise; near ties are run again.";
  return (
    <p>
      {words}{" "}
      {noise === null
        ? "The noise between seeds has not been measured in this study."
        : `Seeds alone move a score by ${bpb(noise.deviation)} (standard deviation, ${noise.degrees} degrees of freedom).`}{" "}
      An ablation removes each kept change alone from the best model and measures the difference.
    </p>
  );
}

function Part({ block, tag }: { readonly block: Block; readonly tag: string }) {
  switch (block.kind) {
    case "heading":
      return <h3>{block.text}</h3>;
    case "text":
      return (
        <p data-testid={block.id}>
          <Words line={block.line} tag={tag} />
        </p>
      );
    case "list":
      return (
        <ul>
          {block.items.map((item, i) => (
            <li key={i}>
              <Words line={item} tag={tag} />
            </li>
          ))}
        </ul>
      );
    case "table":
      // The list beside the panel has every experiment already.
      return block.anchors === true ? (
        <p className="quiet">In the list and in the files.</p>
      ) : (
        <Rows block={block} tag={tag} />
      );
    case "quote":
      return (
        <figure className="report-sample">
          <figcaption>
            <Words line={block.title} tag={tag} />
          </figcaption>
          <pre className="sample-text">{block.text}</pre>
        </figure>
      );
    case "chart":
      return null; // the page shows the chart already
  }
}

function Rows({ block, tag }: { readonly block: Extract<Block, { kind: "table" }>; readonly tag: string }) {
  return (
    <div className="verdict-scroll" tabIndex={0} role="region" aria-label={block.head.join(", ")}>
      <table className="verdict-table" data-testid={block.id}>
        <thead>
          <tr>
            {block.head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, column) => (
                <td key={column} className={isShort(cell) ? "number" : "verdict-change"}>
                  <Words line={cell} tag={tag} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Words({ line, tag }: { readonly line: Line; readonly tag: string }) {
  return line.map((part, i) => <Word key={i} part={part} tag={tag} />);
}

function Word({ part, tag }: { readonly part: Inline; readonly tag: string }) {
  if (typeof part === "string") return part;
  if ("code" in part) return <code>{part.code}</code>;
  const here = addressOf({ study: tag, number: part.experiment, compared: null });
  return <a href={`${location.pathname}${location.search}${here}`}>{part.experiment}</a>;
}
