// Hypotheses in words: the change, and why it might help. The reasons are common knowledge of the field about the
// seed's constants; for unknown constants they come from the study's history.
import type { Edit } from "./edits/edit.ts";
import type { Dimension } from "../source/space.ts";
import type { Memory, Move } from "./memory.ts";
import type { NumericMove } from "./numeric-move.ts";
import type { Removal } from "./removal.ts";

/** Why a constant might be better [lower, higher]. */
const REASONS: Readonly<Record<string, readonly [down: string, up: string]>> = {
  DEPTH: [
    "fewer blocks make more steps in the same time",
    "more blocks compose more, if the budget still feeds them",
  ],
  HEADS: [
    "a narrower model makes more steps in the same time",
    "a wider model holds more, if the budget still feeds it",
  ],
  HEAD_DIM: ["a narrower model makes more steps in the same time", "wider heads tell more keys apart"],
  MLP_RATIO: ["a smaller MLP makes more steps in the same time", "a larger MLP holds more facts"],
  SOFTCAP: ["a tighter cap keeps early logits tame", "a looser cap lets sure predictions be sure"],
  ROPE_BASE: [
    "faster rotations tell near positions apart",
    "slower rotations blur less over the whole context",
  ],
  BATCH: [
    "smaller batches make more updates from the same text",
    "larger batches give cleaner gradients and use the GPU better",
  ],
  MATRIX_LR: [
    "smaller steps of the matrices may settle deeper",
    "the budget is short: larger steps go further",
  ],
  EMBED_LR: [
    "calmer embeddings give the blocks a steadier input",
    "rare tokens are seen seldom and must learn fast",
  ],
  HEAD_LR: ["a calmer head leaves the work to the blocks", "a faster head fits the token frequencies sooner"],
  BLOCK_LR: [
    "smaller steps of the matrices may settle deeper",
    "the budget is short: larger steps go further",
  ],
  MOMENTUM: ["a shorter memory follows the gradient's turns", "a longer memory averages noise away"],
  BETA1: ["a shorter memory follows the gradient's turns", "a longer memory averages noise away"],
  BETA2: ["a faster second moment adapts within a short run", "a steadier second moment makes even steps"],
  WEIGHT_DECAY: ["there is little to forget in one short pass", "smaller weights keep the effective rate up"],
  WARMUP: [
    "every moment of warmup is lost at full rate",
    "a gentler start keeps early updates from doing harm",
  ],
  WARMDOWN: ["a longer plateau covers more ground", "a longer descent settles deeper"],
  FINAL_LR: [
    "ending closer to zero averages the last noise away",
    "the last steps should still learn something",
  ],
};

/** Other reasons where tokens end a run: there a cheaper model only makes the run shorter. */
const BY_TOKENS: Readonly<Record<string, readonly [down: string, up: string]>> = {
  DEPTH: ["fewer blocks are easier to train in few steps", "more blocks compose more"],
  HEADS: ["a narrower model has less to train in few steps", "a wider model holds more"],
  HEAD_DIM: ["a narrower model has less to train in few steps", "wider heads tell more keys apart"],
  MLP_RATIO: ["a smaller MLP has less to train in few steps", "a larger MLP holds more facts"],
  BATCH: ["smaller batches make more updates from the same text", "larger batches give cleaner gradients"],
};

const reasonOf = (name: string, up: boolean, endsByTokens: boolean): string | undefined =>
  ((endsByTokens ? BY_TOKENS[name] : undefined) ?? REASONS[name])?.[up ? 1 : 0];

/** The hypothesis of a numeric move. */
export function describeMove(move: NumericMove, memory: Memory, endsByTokens: boolean): string {
  const { changes } = move;
  const moves = changes.map(({ dimension, to }) => {
    const verb = dimension.range.choices !== undefined ? "Set" : to > dimension.value ? "Raise" : "Lower";
    return `${verb} ${dimension.name} from ${dimension.value} to ${to}`;
  });
  const reasons = changes.map(({ dimension, to }) => {
    const up = to > dimension.value;
    const known =
      dimension.range.choices === undefined ? reasonOf(dimension.name, up, endsByTokens) : undefined;
    return [known ?? unknown(dimension, memory), experience(dimension, up, memory)]
      .filter((s) => s !== "")
      .join("; ");
  });
  const [first = "", ...rest] = moves;
  const why = [...reasons, ...methodOf(move, memory)];
  const all = why.filter((s) => s !== "").map(upperAfterFirst);
  return `${[first, ...rest.map(lowerFirst)].join(", ")}${all.length > 0 ? `: ${all.join(". ")}` : ""}.`;
}

/** The method that found the move, where a reader would not guess it. */
function methodOf({ changes, reason, together }: NumericMove, memory: Memory): string[] {
  const beyond = changes.flatMap(({ dimension: { name, value, edge }, to }) => {
    if (edge === undefined || Math.sign(to - value) !== edge.side) return [];
    return [`${name}'s range ended at ${value}, which was kept in #${edge.wonBy}, so the range grows`];
  });
  const said: Readonly<Record<NumericMove["reason"], string>> = {
    screening: "A large step, to see whether it matters at all",
    "going on": "One more step the same way",
    regression:
      together === true
        ? `A regression on ${memory.observations.length} scores expects more of them together than of one alone`
        : "",
    search: "",
  };
  return [...beyond, said[reason]].filter((line) => line !== "");
}

/** The hypothesis of a structural edit. */
export function describeEdit(edit: Edit, endsByTokens: boolean): string {
  const why = endsByTokens || edit.inTime === undefined ? edit.why : `${edit.why}; ${edit.inTime}`;
  return `${upperFirst(edit.change)}: ${why} (${edit.from}).`;
}

/** The hypothesis of a removal. */
export function describeRemoval({ edit, addition, keptSince }: Removal): string {
  const { number, valBpb, incumbentBpb } = addition;
  const gain = valBpb === null || incumbentBpb === null ? "" : ` for ${(valBpb - incumbentBpb).toFixed(4)}`;
  return `Remove the addition of #${number} (${edit.change}): it was kept${gain}, ${keptSince} more experiments were kept since, and it may no longer pay.`;
}

function unknown({ meaning, name }: Dimension, memory: Memory): string {
  if (meaning !== "") return `its comment says "${meaning}"`;
  return movesOf(name, memory).length > 0 ? "" : "no experiment has moved it yet";
}

const movesOf = (name: string, memory: Memory): readonly Move[] =>
  memory.moves.filter((move) => move.name === name && move.unrun !== true);

/** This study's experience with moving the constant in that direction. */
function experience({ name, range }: Dimension, up: boolean, memory: Memory): string {
  if (range.choices !== undefined) return "";
  const past = movesOf(name, memory);
  const alike = past.filter((move) => move.to > move.from === up).at(-1);
  const others = ({ together }: Move) => (together > 1 ? ", where other numbers moved too" : "");
  if (alike?.status === "keep") return `#${alike.number} moved it the same way and was kept${others(alike)}`;
  const opposite = past.filter((move) => move.to > move.from !== up).at(-1);
  if (opposite && opposite.status !== "keep")
    return `#${opposite.number} moved it the other way and was not kept${others(opposite)}`;
  if (alike) return `#${alike.number} moved it this way by another step and was not kept${others(alike)}`;
  return "";
}

const upperAfterFirst = (text: string, i: number) => (i === 0 ? text : upperFirst(text));
const lowerFirst = (text: string) =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
