// Summarises many experiments in a few lines: for each declared constant which direction helped, for each category how
// often it helped. Deterministic, so that the lab can tell its own words from the human's.
import { byCategory, type HistoryEntry, parseConstants } from "../../researchers/index.ts";

interface Move {
  readonly up: boolean;
  readonly helped: boolean;
  /** Score minus the score to beat; null for a failure. */
  readonly change: number | null;
}

/** A markdown list; empty when there are no patterns yet. */
export function patterns(history: readonly HistoryEntry[]): string {
  return [...constantLines(history), ...categoryLines(history)].map((line) => `- ${line}\n`).join("");
}

function constantLines(history: readonly HistoryEntry[]): string[] {
  const moves = new Map<string, Move[]>();
  const byNumber = new Map(history.map((entry) => [entry.number, entry]));
  for (const entry of history) {
    const parent = entry.parent === null ? undefined : byNumber.get(entry.parent);
    if (!parent) continue;
    const before = new Map(parseConstants(parent.source).map(({ name, value }) => [name, value]));
    const changed = parseConstants(entry.source).filter(
      ({ name, value }) => before.has(name) && before.get(name) !== value,
    );
    // With several changed constants, the effect cannot be attributed to one.
    const [only] = changed;
    if (changed.length !== 1 || !only) continue;
    const scored = entry.valBpb !== null && entry.incumbentBpb !== null;
    const move: Move = {
      up: only.value > (before.get(only.name) ?? 0),
      helped: entry.status === "keep",
      change: scored ? (entry.valBpb ?? 0) - (entry.incumbentBpb ?? 0) : null,
    };
    moves.set(only.name, [...(moves.get(only.name) ?? []), move]);
  }
  return [...moves]
    .filter(([, made]) => made.length >= 2)
    .sort(([a, x], [b, y]) => y.length - x.length || a.localeCompare(b))
    .slice(0, 12)
    .map(([name, made]) => {
      const ways = [
        side(
          "higher",
          made.filter(({ up }) => up),
        ),
        side(
          "lower",
          made.filter(({ up }) => !up),
        ),
      ];
      return `${name}: ${ways.filter((words) => words !== "").join("; ")}`;
    });
}

function side(word: string, moves: readonly Move[]): string {
  if (moves.length === 0) return "";
  const helped = moves.filter((move) => move.helped).length;
  const failed = moves.filter(({ change }) => change === null).length;
  const changes = moves.flatMap(({ change }) => (change === null ? [] : [change])).sort((a, b) => a - b);
  const median = changes[Math.floor(changes.length / 2)];
  const typical = median === undefined ? "" : `, median change ${signed(median)}`;
  return `${word} helped ${helped} of ${moves.length}${failed > 0 ? ` (${failed} without a score)` : ""}${typical}`;
}

function categoryLines(history: readonly HistoryEntry[]): string[] {
  return byCategory(history)
    .filter(({ tried }) => tried >= 2)
    .slice(0, 12)
    .map(({ name, tried, kept, failed, gain }) => {
      const failures = failed > 0 ? `, ${failed} failed` : "";
      const gained = kept > 0 ? `, ${gain.toFixed(4)} gained` : "";
      return `${name}: tried ${tried}, kept ${kept}${failures}${gained}`;
    });
}

const signed = (value: number): string => `${value < 0 ? "\u2212" : "+"}${Math.abs(value).toFixed(4)}`;
