// Hypotheses in words: what changes from what to what, and why it might help. The reasons are the field's common
// knowledge about the constants of the seed; for a constant nobody has heard of, the study's own history speaks.
import type { Edit } from "./edits/edit.ts";
import type { Memory } from "./memory.ts";
import type { NumericMove } from "./numeric.ts";

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

/** The hypothesis of a numeric move. */
export function describeMove({ changes }: NumericMove, memory: Memory): string {
  const moves = changes.map(({ dimension, to }) => {
    const verb = to > dimension.value ? "Raise" : "Lower";
    return `${verb} ${dimension.name} from ${dimension.value} to ${to}`;
  });
  const reasons = changes.map(({ dimension, to }) => {
    const up = to > dimension.value;
    const known = REASONS[dimension.name]?.[up ? 1 : 0];
    return [known ?? unknown(dimension.meaning), experience(dimension.name, up, memory)]
      .filter((s) => s !== "")
      .join("; ");
  });
  const [first = "", ...rest] = moves;
  return `${[first, ...rest.map(lowerFirst)].join(", ")}: ${reasons.join(". ")}.`;
}

/** The hypothesis of a structural edit. */
export function describeEdit(edit: Edit): string {
  return `${upperFirst(edit.change)}: ${edit.why} (${edit.from}).`;
}

function unknown(meaning: string): string {
  return meaning === "" ? "nobody has moved it yet" : `it sets ${lowerFirst(meaning)}`;
}

/** What this study itself knows of moving a constant that way. */
function experience(name: string, up: boolean, memory: Memory): string {
  const past = memory.moves.filter((move) => move.name === name);
  const alike = past.filter((move) => move.to > move.from === up).at(-1);
  if (alike?.status === "keep") return `the same direction won in #${alike.number}, so go on`;
  const opposite = past.filter((move) => move.to > move.from !== up).at(-1);
  if (opposite && opposite.status !== "keep") return `the other direction failed in #${opposite.number}`;
  if (alike) return `a try with another step; the last one, #${alike.number}, did not win`;
  return "";
}

const lowerFirst = (text: string) =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
