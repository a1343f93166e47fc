// Probes a pass again with its conditions forced, where the graph shows a forbidden path: this reveals a leak behind a
// gate, and names the line of the gate.
import {
  ask,
  type Change,
  type Computer,
  examinerOf,
  otherFuture,
  otherRows,
  type Probe,
  type ProbeText,
  rowsAt,
} from "../../prepare/index.ts";
import type { Gate } from "./force-conditions.ts";
import type { Forced, Pass } from "./load.ts";

/** Cuts to probe in each row. */
const CUTS = 4;
/** How long [ms] to look for the gate that lets the leak through. */
const GATE_MS = 5000;

interface Bench {
  readonly engine: Computer & { reset(): void };
  readonly seqLen: number;
  now(): number;
}

/** The failed probe and the forced gates; null if no probe fails. The engine holds another pass afterwards. */
export async function probeForced(
  pass: Pass,
  text: ProbeText,
  { engine, seqLen: T, now }: Bench,
): Promise<{ readonly failed: Probe; readonly forced: Forced } | null> {
  const { rows, time } = pass.dependence;
  if (rows.status !== "violated" && time.status !== "violated") return null;
  const gates = pass.gates();
  if (gates.length === 0) return null;
  const places = Array.from({ length: pass.rows }, () => text.random.below(text.tokens.length - T));
  const { x } = rowsAt(text.tokens, places, T);
  const changes = changesOf(pass, x, T, text);
  const moves = async (forced: Forced, which: readonly Change[]) => {
    engine.reset();
    return (await ask(examinerOf(engine, pass.force(forced), pass.rows, T), x, which)).failed;
  };
  for (const value of [1, 0] as const) {
    const failed = await moves({ gates, value }, changes);
    if (failed === null) continue;
    const guilty = changes.filter(({ tokens }) => tokens === failed.witness?.after);
    const until = now() + GATE_MS;
    const opens = async (gate: Gate) =>
      now() < until && (await moves({ gates: [gate], value }, guilty)) !== null;
    const line = pass.lineOf((await first(gates, opens)).node);
    const condition = line > 0 ? `the condition of line ${line}` : "a condition on the tokens";
    const detail = `${failed.detail} once ${condition} ${value === 1 ? "holds" : "fails"}`;
    return { failed: { ...failed, detail }, forced: { gates, value } };
  }
  return null;
}

/** Changes of rows and of futures that must not move the logits, for the properties that the graph violates. */
function changesOf({ rows, dependence }: Pass, x: Uint32Array, T: number, text: ProbeText): Change[] {
  const changes: Change[] = [];
  if (dependence.rows.status === "violated" && rows > 1)
    for (const side of [0, 1]) changes.push(otherRows(x, (row) => row % 2 === side, T, text));
  for (let i = 0; dependence.time.status === "violated" && i < CUTS; i++) {
    const cuts = Array.from({ length: rows }, () => text.random.below(T - 1));
    changes.push(otherFuture(x, cuts, T, text));
  }
  return changes;
}

/** The first gate that lets the leak through alone; the last gate if none does. */
async function first(gates: readonly Gate[], opens: (gate: Gate) => Promise<boolean>): Promise<Gate> {
  for (const gate of gates) if (await opens(gate)) return gate;
  return gates[gates.length - 1];
}
