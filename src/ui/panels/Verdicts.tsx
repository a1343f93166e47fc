// The report: the noise between seeds, how much of the gain holds on the held-out test text, which kept changes are real,
// and the study to take away.

import type { AblationView, ExperimentView } from "../../research/index.ts";
import { useLab } from "../actions/context.ts";
import { bpb, chance, delta } from "../state/format.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { ABLATION_WORDS } from "../report/report.ts";
import { survival, survivalWords } from "../state/survival.ts";

const NONE: readonly ExperimentView[] = [];

export default function Verdicts() {
  const study = useLab((lab) => lab.study, null);
  const experiments = useLab((lab) => lab.experiments, NONE);
  const ablation = useLab((lab) => lab.ablation, null);
  if (study === null || experiments.length === 0) {
    return (
      <p className="empty">
        The same train.ts scores differently under every seed. After the first run this shows how much, how
        much of the gain holds on held-out text, and which of the kept changes are real.
      </p>
    );
  }
  return (
    <div className="verdicts" data-testid="verdicts">
      <Noise noise={study.noise} rule={study.settings.rule} />
      <Hidden experiments={experiments} />
      <h3>Which gains are real</h3>
      <p className="help">
        Each kept change is taken out of the best model alone and measured against it. Some make no difference
        by themselves.
      </p>
      {ablation !== null && <AblationTable ablation={ablation} incumbent={study.incumbent} />}
      <div>
        <ActionButton action="ablate" testId="ablate" /> <ActionButton action="report" testId="report" />{" "}
        <ActionButton action="export-bundle" />
        <ActionFailure actions={["ablate", "report"]} />
      </div>
    </div>
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
        : `Seeds alone move a score by ${bpb(noise.deviation)} (standard deviation, ${noise.degrees} degrees of freedom).`}
    </p>
  );
}

function Hidden({ experiments }: { readonly experiments: readonly ExperimentView[] }) {
  const found = survival(experiments);
  if (found === null) return null;
  return (
    <p data-testid="hidden-test">
      Held-out test: {bpb(found.last.testBpb)} bits per byte. {survivalWords(found)}
    </p>
  );
}

function AblationTable(props: { readonly ablation: AblationView; readonly incumbent: string }) {
  const { ablation, incumbent } = props;
  return (
    <div className="verdict-scroll" tabIndex={0} role="region" aria-label="Gain of each kept change">
      {ablation.incumbent !== incumbent && (
        <p className="quiet">This is about #{ablation.number}, which has been beaten since.</p>
      )}
      <table className="verdict-table" data-testid="ablation">
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Verdict</th>
            <th scope="col" className="number">
              Gain in best model
            </th>
            <th scope="col" className="number">
              P(it helps)
            </th>
            <th scope="col" className="number">
              Gain when kept
            </th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {ablation.rows.map((row) => (
            <tr key={row.number} data-status={row.status}>
              <td className="mono">{row.number}</td>
              <td title={row.reason}>{ABLATION_WORDS[row.status]}</td>
              <td className="number">
                {delta(row.gain)}
                {row.standardError !== null && ` ± ${bpb(row.standardError)}`}
              </td>
              <td className="number">{row.better === null ? "–" : chance(row.better)}</td>
              <td className="number">{delta(row.claimedGain)}</td>
              <td className="verdict-change">{row.hypothesis}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
