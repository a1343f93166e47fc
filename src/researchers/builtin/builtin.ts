// The built-in researcher: no key, no network. It tunes the numbers train.ts declares, tries the edits of its catalogue,
// more of them when nothing has won for a while, and takes old ones out again. Same seed, same history: same proposal.
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

/** Experiments without a gain that make a plateau, where the brief does not say. */
const PATIENCE = 8;
/** On a plateau, the share of moves that start from an earlier experiment, and from how many of the best. */
const FORKS = 0.25;
const GROUNDS = 5;
/** Experiments kept since an edit lost after which it deserves another try: the ground it lost on has changed. */
const SECOND_CHANCE = 4;
/** The share of experiments that ask of an addition, old enough, whether it still pays. */
const REMOVALS = 0.12;

/** `edits`: the structural edits it knows. */
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
 * An edit of an earlier experiment instead of the incumbent's: of a near miss or an older best, from where another way
 * may lead. What is kept must beat the incumbent all the same.
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
  // What an edit did to the incumbent's line is known; on another ground it is tried for the first time.
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

/** How often this edit's slot was tried: variety before insistence. */
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
  };
}

const endsByTokens = (brief: Brief): boolean => brief.endsByTokens ?? false;
