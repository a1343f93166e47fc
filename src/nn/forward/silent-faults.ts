// Finds silent faults: mistakes with which train.ts runs and is scored, but scores worse than it could. Called after
// the steps of a rehearsal, when the optimizers are known.
import { LabError } from "../../error.ts";
import { atLine } from "../values/source-line.ts";
import type { RecordedForward } from "./export-forward.ts";

const RANDOM: ReadonlySet<string> = new Set(["random", "categorical"]);

/** The first silent fault of a model, with its line and a remedy; null if there is none. `source`: name of its file. */
export function silentFault(
  { graph, lines, parameters, madeInside }: RecordedForward,
  source: string | null,
): LabError | null {
  const fault = (line: number, what: string, hint: string) =>
    new LabError("value", { what: `${atLine(source, line)}${what}`, hint });
  const drawn = graph.nodes.findIndex(({ op }) => RANDOM.has(op));
  if (drawn >= 0) {
    return fault(
      lines[drawn] ?? 0,
      "model.forward draws random numbers where it is scored: dropout and noise make the score worse",
      "off there: nn.dropout(x, nn.scoring() ? 0 : 0.1)",
    );
  }
  const [inside] = madeInside;
  if (inside !== undefined) {
    return fault(
      inside,
      "model.forward makes a parameter: a new one in every step, which no optimizer trains",
      "make it once, in the constructor",
    );
  }
  for (const { name, tensor } of parameters) {
    const { leaf } = tensor;
    if (leaf?.kind !== "persistent" || !leaf.trainable) continue;
    if (leaf.optimizers > 1) {
      return fault(
        leaf.line,
        `the parameter ${name} is in ${leaf.optimizers} optimizers, and each of them moves it`,
        "give it to one of them",
      );
    }
    // A parameter that the loop itself writes has its own update rule; one without a gradient needs no optimizer.
    if (leaf.optimizers === 0 && leaf.graded && leaf.changed === 0) {
      return fault(
        leaf.line,
        `the parameter ${name} has a gradient and is in no optimizer: it stays as it began`,
        "give it to one, or make it with nn.state if it shall stay",
      );
    }
  }
  return null;
}
