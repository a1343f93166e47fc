// Random search over the same moves; it only avoids repeating a run. It is the baseline that the built-in researcher
// must beat with the same number of runs (Bergstra and Bengio 2012).
import { LabError } from "../../error.ts";
import type { Brief, Proposal, Researcher } from "../researcher.ts";
import { setConstants } from "../source/constants.ts";
import { catalogue } from "./edits/catalogue.ts";
import type { Edit } from "./edits/edit.ts";
import { freeResearcher } from "./free-researcher.ts";
import { remember } from "./memory.ts";
import { seeded } from "./random.ts";
import { buildable, fromUnit, searchSpace, valuesOf } from "../source/space.ts";
import { describeEdit, describeMove } from "./words.ts";

const NAME = "random";

/** `edits`: the structural edits to draw from. */
export const randomResearcher = (edits: readonly Edit[] = catalogue): Researcher =>
  freeResearcher(NAME, (brief) => propose(brief, edits));

function propose(brief: Brief, edits: readonly Edit[]): Proposal {
  const memory = remember(brief);
  const random = seeded(brief.seed, NAME, brief.number, brief.rejected.length);
  const space = searchSpace(brief.source);
  const byTokens = brief.endsByTokens ?? false;
  for (let draw = 0; draw < 1000; draw++) {
    if (space.length === 0 || random.uniform() < 0.25) {
      const edit = random.pick(edits);
      const source = edit.apply(brief.source);
      if (source === null || memory.seen(source)) continue;
      return { hypothesis: describeEdit(edit, byTokens), source, category: edit.name, researcher: NAME };
    }
    const chosen = new Set(
      Array.from({ length: 1 + Math.floor(random.uniform() * 3) }, () => random.pick(space)),
    );
    const changes = [...chosen]
      .map((dimension) => ({ dimension, to: fromUnit(dimension.range, random.uniform()) }))
      .filter(({ dimension, to }) => to !== dimension.value);
    const values = Object.fromEntries(changes.map(({ dimension, to }) => [dimension.name, to]));
    const source = setConstants(brief.source, values);
    if (changes.length === 0 || !buildable({ ...valuesOf(brief.source), ...values }) || memory.seen(source))
      continue;
    return {
      hypothesis: describeMove({ source, changes, reason: "search" }, memory, byTokens),
      source,
      category: "numeric",
      researcher: NAME,
    };
  }
  throw new LabError("proposal", "random search found nothing in this train.ts that it has not run");
}
