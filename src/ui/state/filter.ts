// The language of the filter box. All words must match: `kept`, `crashed`, `<1.42`, `by:claude`, `#10..20`, `pinned`;
// any other word is searched in the hypothesis, the reason and the lesson. A minus before a word negates it.

import type { ExperimentStatus, ExperimentView } from "../../research/index.ts";

type Test = (experiment: ExperimentView) => boolean;

/** Names of a status, on the page and in git. */
const STATUS: Readonly<Record<string, ExperimentStatus>> = {
  keep: "keep",
  kept: "keep",
  discard: "discard",
  discarded: "discard",
  crash: "crash",
  crashed: "crash",
  crashes: "crash",
  invalid: "invalid",
};

/** Kinds of researchers that `by:` accepts beside their names. */
const KINDS: Readonly<Record<string, (researcher: string) => boolean>> = {
  model: (name) => name.includes(":") || name === "prompt-api",
  me: (name) => name === "human",
};

/** Whether an experiment passes a query; an empty query lets everything through. */
export function filterOf(query: string, pins: readonly number[] = []): Test {
  const tests = wordsOf(query).map((word) => testOf(word.toLowerCase(), pins));
  return (e) => tests.every((test) => test(e));
}

/** The words of a query; "words in quotes" count as one. */
function wordsOf(query: string): string[] {
  return [...query.matchAll(/(-?)"([^"]*)"?|\S+/g)]
    .map(([word, minus, quoted]) => (quoted === undefined ? word : `${minus ?? ""}${quoted}`))
    .filter((word) => word !== "" && word !== "-");
}

function testOf(word: string, pins: readonly number[]): Test {
  if (word.startsWith("-")) {
    const test = testOf(word.slice(1), pins);
    return (e) => !test(e);
  }
  const status = Object.hasOwn(STATUS, word) ? STATUS[word] : undefined;
  if (status !== undefined) return (e) => e.status === status;
  if (word === "pinned") return (e) => pins.includes(e.number);
  return scoreTest(word) ?? numberTest(word) ?? researcherTest(word) ?? textTest(word);
}

/** `<1.42`, `>=1.5`: the score; an experiment without one never passes. */
function scoreTest(word: string): Test | null {
  const found = /^([<>])(=?)(\d+(?:\.\d*)?|\.\d+)$/.exec(word);
  if (found === null) return null;
  const [limit, below, equal] = [Number(found[3]), found[1] === "<", found[2] === "="];
  return ({ valBpb: score }) =>
    score !== null && ((below ? score < limit : score > limit) || (equal && score === limit));
}

/** `#17`, `#10..20`. */
function numberTest(word: string): Test | null {
  const found = /^#(\d+)(?:\.\.(\d+))?$/.exec(word);
  if (found === null) return null;
  const from = Number(found[1]);
  const to = found[2] === undefined ? from : Number(found[2]);
  return ({ number }) => number >= from && number <= to;
}

function researcherTest(word: string): Test | null {
  if (!word.startsWith("by:")) return null;
  const name = word.slice(3);
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  return ({ researcher }) => researcher.toLowerCase().includes(name) || kind?.(researcher) === true;
}

function textTest(word: string): Test {
  return ({ hypothesis, reason, lesson }) =>
    [hypothesis, reason, lesson].some((text) => text.toLowerCase().includes(word));
}
