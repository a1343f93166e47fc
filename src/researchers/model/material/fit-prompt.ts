// Fits a prompt into a budget of tokens. Every section has several forms, from full to bare; while the prompt is too
// long, one section shrinks by one form, in the order of DROP_ORDER. The prompt itself lists the omissions.

/** The order in which sections shrink. Sections that are not listed never shrink. */
export const DROP_ORDER = [
  ["notebook", "diffs of failed experiments but the last six, loss curves but the last three"],
  ["learnings", "learnings but the last forty lines"],
  ["kernels", "all kernels but the five slowest"],
  ["notebook", "experiments but the kept ones and the last sixty, diffs but the last three of each kind"],
  ["manual", "the comments of the manual"],
  ["notebook", "experiments but the last forty kept ones and the last twenty"],
  ["learnings", "learnings but the last fifteen lines"],
  ["notebook", "experiments but the last ten kept ones and the last twenty, diffs but the last two"],
  ["rejected", "the text of the proposal that was sent back"],
  ["notebook", "experiments but the last twelve"],
  ["learnings", "learnings"],
  ["kernels", "time per kernel"],
  ["source", "the numbers of the lines"],
  ["manual", "the manual but the names of its functions"],
  ["state", "all of the study's state but the score to beat"],
  ["notebook", "experiments but the last four"],
  ["manual", "the manual"],
  ["program", "all of program.md but its first lines"],
  ["notebook", "the notebook"],
] as const;

type SectionName = (typeof DROP_ORDER)[number][0] | "notes" | "task";

export interface Section {
  readonly name: SectionName;
  /** From full to bare; one more than the section has steps in DROP_ORDER. Evaluated only when needed. */
  readonly forms: readonly (() => string)[];
}

export interface Fitted {
  readonly text: string;
  readonly tokens: number;
  /** Descriptions of the omissions, in the order of dropping. */
  readonly dropped: readonly string[];
  /** Whether the prompt fits; if not, even its shortest form is too long. */
  readonly fits: boolean;
}

/**
 * Characters per token. Code and English have about 3.6 with today's tokenizers; the lower value keeps an estimate from
 * being too short.
 */
const CHARACTERS_PER_TOKEN = 3.2;

export const estimateTokens = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);

/** Joins the sections in their order, and shrinks them by DROP_ORDER until they fit into `budget` tokens. */
export function fitPrompt(
  sections: readonly Section[],
  budget: number,
  measure: (text: string) => number = estimateTokens,
): Fitted {
  const level = new Map<SectionName, number>(sections.map(({ name }) => [name, 0]));
  const made = new Map<string, string>();
  const textOf = ({ name, forms }: Section): string => {
    const at = Math.min(level.get(name) ?? 0, forms.length - 1);
    const id = `${name} ${at}`;
    const text = made.get(id) ?? (forms[at]?.() ?? "").trim();
    made.set(id, text);
    return text;
  };
  const join = () =>
    sections
      .map(textOf)
      .filter((text) => text !== "")
      .join("\n\n");
  const dropped: string[] = [];
  let text = join();
  for (const [name, words] of DROP_ORDER) {
    if (measure(text) <= budget) break;
    const section = sections.find((candidate) => candidate.name === name);
    if (!section) continue;
    const before = textOf(section);
    level.set(name, (level.get(name) ?? 0) + 1);
    if (textOf(section) === before) continue;
    dropped.push(words);
    text = join();
  }
  const tokens = measure(text);
  return { text, tokens, dropped, fits: tokens <= budget };
}
