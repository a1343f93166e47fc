// The built-in researcher: no key, no network. It tunes the numbers that train.ts declares, tries the edits of its
// catalogue (more of them on a plateau), and removes old edits again. The same seed and history give the same proposal.
import { LabError } from "../../error.ts";
import type { Brief, Proposal, Researcher } from "../researcher.ts";
import { catalogue } from "./edits/catalogue.ts";
import type { Edit } from "./edits/edit.ts";
import { freeResearcher } from "./free-researcher.ts";
import { type Memory, remember } from "./memory.ts";
import { proposeMove } from "./numeric.ts";
import { type Random, seeded } from "./random.ts";
import { proposeRemoval, removalOf } from "./removal.ts";
import { describeEdit, describeMove, describeRemoval } from "./words.ts";

const NUMERIC = "numeric";

/** Number of experiments without a gain that make a plateau, unless the brief gives another. */
const PATIENCE = 8;
/** On a plateau, the share of moves that fork an earlier experiment, and the number of best ones to choose from. */
const FORKS = 0.25;
const GROUNDS = 5;
/** A lost edit may be tried again after so many later keeps, since the code around it has changed. */
const SECOND_CHANCE = 4;
/** The share of experiments that test whether an old addition still pays. */
const REMOVALS = 0.12;

/** `edits`: the structural edits to draw from. */
export const builtinResearcher = (edits: readonly Edit[] = catalogue): Researcher =>
  freeResearcher("built-in", (brief) => propose(brief, edits));

function propose(brief: Brief, catalogue: readonly Edit[]): Proposal {
  const memory = remember(brief);
  const random = seeded(brief.seed, "built-in", brief.number, brief.rejected.length);
  const structural = () => proposeEdit(brief, memory, random, catalogue);
  const numeric = () => proposeNumbers(brief, memory, random);
  const fork = () => proposeFork(brief, memory, random, catalogue);
  const removal = () => takeOut(brief, memory, catalogue);
  const order = random.uniform() < appetite(brief, memory) ? [structural, numeric] : [numeric, structural];
  const stuck = memory.drought >= (brief.patience ?? PATIENCE) && brief.rejected.length === 0;
  const rare = stuck && random.uniform() < FORKS ? [fork] : random.uniform() < REMOVALS ? [removal] : [];
  for (const kind of [...rare, ...order, removal]) {
    const proposal = kind();
    if (proposal) return proposal;
  }
  throw new LabError("proposal", {
    what: "the built-in researcher has nothing left to try on this train.ts",
    hint: "write constants with a range, const NAME = 0.1; // meaning (0.01..1 log)",
  });
}

function takeOut(brief: Brief, memory: Memory, catalogue: readonly Edit[]): Proposal | null {
  const removal = proposeRemoval(brief, memory, catalogue);
  if (!removal) return null;
  return {
    hypothesis: describeRemoval(removal),
    source: removal.source,
    category: removalOf(removal.edit.name),
    researcher: "built-in",
  };
}

/** The share of structural edits: a quarter, more in a drought, most on a plateau, none right after failures. */
function appetite(brief: Brief, memory: Memory): number {
  const recent = brief.history.slice(-3);
  const failing =
    recent.length === 3 && recent.every(({ status }) => status === "crash" || status === "invalid");
  if (failing || brief.rejected.length > 0) return 0;
  const patience = brief.patience ?? PATIENCE;
  return memory.drought >= patience ? 0.6 : memory.drought >= patience / 2 ? 0.4 : 0.25;
}

/**
 * An edit of an earlier experiment instead of the incumbent: of a near miss or of an older incumbent. To be kept, the
 * result must beat the incumbent all the same.
 */
function proposeFork(
  brief: Brief,
  memory: Memory,
  random: Random,
  catalogue: readonly Edit[],
): Proposal | null {
  const grounds = brief.history
    .filter(({ valBpb, number, status }) => {
      return (
        valBpb !== null && number !== brief.incumbent?.number && (status === "keep" || status === "discard")
      );
    })
    .sort((a, b) => (a.valBpb ?? 0) - (b.valBpb ?? 0))
    .slice(0, GROUNDS);
  // An edit that lost on the incumbent's line may win on another experiment, so all but crashed edits qualify.
  const edits = catalogue.filter(({ name }) => memory.tried.get(name)?.crashed !== true);
  for (let draw = 0; grounds.length > 0 && edits.length > 0 && draw < 20; draw++) {
    const ground = random.pick(grounds);
    const edit = random.pick(edits, (one) => 0.6 ** triesOf(one, memory, catalogue));
    const source = edit.apply(ground.source);
    if (source === null || memory.seen(source)) continue;
    return {
      hypothesis: `From #${ground.number} again: ${describeEdit(edit, endsByTokens(brief))}`,
      source,
      category: edit.name,
      researcher: "built-in",
      base: ground.number,
    };
  }
  return null;
}

function proposeEdit(
  brief: Brief,
  memory: Memory,
  random: Random,
  catalogue: readonly Edit[],
): Proposal | null {
  const keeps = brief.history.filter(({ status }) => status === "keep");
  const open = new Set(
    catalogue.filter(({ name }) => {
      const tried = memory.tried.get(name);
      if (!tried) return true;
      return (
        !tried.crashed &&
        !tried.inert &&
        keeps.filter(({ number }) => number > tried.last).length >= SECOND_CHANCE * tried.times
      );
    }),
  );
  while (open.size > 0) {
    const edit = random.pick([...open], (one) => 0.6 ** triesOf(one, memory, catalogue));
    open.delete(edit);
    const source = edit.apply(brief.source);
    if (source === null || memory.seen(source)) continue;
    return {
      hypothesis: describeEdit(edit, endsByTokens(brief)),
      source,
      category: edit.name,
      researcher: "built-in",
    };
  }
  return null;
}

/** How often edits of this slot were tried; rarely tried slots are preferred. */
function triesOf(edit: Edit, memory: Memory, catalogue: readonly Edit[]): number {
  return catalogue
    .filter(({ slot }) => slot === edit.slot)
    .reduce((sum, { name }) => sum + (memory.tried.get(name)?.times ?? 0), 0);
}

function proposeNumbers(brief: Brief, memory: Memory, random: Random): Proposal | null {
  const arena = { noise: brief.noise ?? 0, endsByTokens: endsByTokens(brief) };
  const move = proposeMove(brief.source, memory, random, arena);
  if (!move) return null;
  return {
    hypothesis: describeMove(move, memory, arena.endsByTokens),
    source: move.source,
    category: NUMERIC,
    researcher: "built-in",
    ...(move.expected === undefined ? {} : { expected: signed(move.expected) }),
  };
}

/** A change of the score as a forecast: `-0.0123`. */
const signed = (change: number): string => `${change < 0 ? "-" : "+"}${Math.abs(change).toFixed(4)}`;

const endsByTokens = (brief: Brief): boolean => brief.endsByTokens ?? false;
