// The state of the study: the score to beat, the machine, the changes tried by kind, whether it is on a plateau, the
// rest of the budget.
import type { Section } from "../../material/fit-prompt.ts";
import { byCategory, novelty, plateau } from "../../material/insight.ts";
import type { Material } from "../../material/material.ts";
import { bytes, count, duration, label, score } from "./words.ts";

export function state(material: Material): Section {
  const form = (list: readonly string[]) => `# Where the study stands\n\n${list.join("\n")}`;
  return { name: "state", forms: [() => form(lines(material)), () => form(beat(material, 80))] };
}

function lines(material: Material): string[] {
  return [
    ...beat(material),
    ...machine(material),
    ...tried(material),
    ...stuck(material),
    ...forecasts(material),
    ...left(material),
  ];
}

/** The score to beat, and the running experiments; `words` limits the length of a hypothesis [characters]. */
function beat({ brief, fence }: Material, words = 240): string[] {
  const { incumbent, pending } = brief;
  const target =
    incumbent === null
      ? []
      : incumbent.valBpb === null
        ? [`- To beat: #${incumbent.number}, which is running now; suppose that it is kept.`]
        : [`- To beat: ${score(incumbent.valBpb)} bpb (#${incumbent.number}).`];
  const running = pending.map(
    ({ number, category, hypothesis }) =>
      `- #${number} is running now, and its result is not known: [${label(category)}] ${fence.inline(hypothesis, words)}. Do not propose the same.`,
  );
  return [...target, ...running];
}

function machine({ brief, facts, fence }: Material): string[] {
  const run = brief.incumbent ? facts.runs?.(brief.incumbent.number) : undefined;
  const { budgetSeconds, budgetTokens, device, memoryLimit, corpus, baselines } = facts;
  const made = [
    ...(run?.parameters === undefined ? [] : [`${count(run.parameters)} parameters`]),
    ...(run?.steps === undefined ? [] : [`${count(run.steps)} steps`]),
    ...(run?.tokens === undefined ? [] : [`${count(run.tokens)} tokens`]),
    ...(run?.tokensPerSecond === undefined ? [] : [`${count(run.tokensPerSecond)} tokens a second`]),
    ...(run?.peakBytes === undefined ? [] : [`${bytes(run.peakBytes)} at peak`]),
  ];
  const scale = Object.entries(baselines ?? {}).map(([name, bpb]) => `${label(name)} ${bpb.toFixed(3)}`);
  return [
    ...(budgetSeconds === undefined
      ? []
      : budgetTokens === undefined
        ? [
            `- Budget of a run: ${duration(budgetSeconds)} of training. It is time: a slower step must earn its cost back, a faster one buys steps.`,
          ]
        : [
            `- Budget of a run: ${count(budgetTokens)} tokens of training, in at most ${duration(budgetSeconds)}. It is tokens: a larger batch costs steps, and a slower step costs nothing until the time is up.`,
          ]),
    ...(device === undefined ? [] : [`- Machine: ${fence.inline(device, 100)}.`]),
    ...(made.length === 0 ? [] : [`- The incumbent's run: ${made.join(", ")}.`]),
    ...(memoryLimit === undefined ? [] : [`- Memory a run may use: ${bytes(memoryLimit)}.`]),
    ...(corpus === undefined
      ? []
      : [
          `- Text: ${fence.inline(corpus.name, 60)}, vocabulary ${corpus.vocabSize}, context ${corpus.seqLen} tokens.`,
        ]),
    ...(scale.length === 0 ? [] : [`- For scale, bits per byte without a network: ${scale.join(", ")}.`]),
  ];
}

function tried({ brief }: Material): string[] {
  const kinds = byCategory(brief.history).map(
    ({ name, tried: times, kept, failed, gain }) =>
      `${label(name)} ${times} (${kept} kept${failed > 0 ? `, ${failed} failed` : ""}${gain > 0 ? `, ${gain.toFixed(4)} gained` : ""})`,
  );
  return kinds.length === 0 ? [] : [`- Tried by kind: ${kinds.slice(0, 16).join("; ")}.`];
}

function stuck({ brief, patience }: Material): string[] {
  const { since, plateau: flat } = plateau(brief.history, patience);
  const fresh = novelty(brief.history);
  return [
    ...(flat
      ? [
          `- PLATEAU: ${since} experiments without a gain. Small moves are used up: propose a structural change, or start again from an earlier experiment (base).`,
        ]
      : since > 2
        ? [`- ${since} experiments since the last gain.`]
        : []),
    ...(fresh !== null && fresh < 0.25
      ? [`- LOW NOVELTY: the last attempts mostly repeated earlier changes. Try something different.`]
      : []),
  ];
}

/** How the asked researcher's own forecasts fared, so that it can correct itself. */
function forecasts({ facts, self }: Material): string[] {
  const own = facts.calibration?.find(({ name }) => name === self);
  if (!own || own.scored === 0) return [];
  const { scored, rightDirection } = own;
  const [expected, came, error, naive] = [own.expected, own.came, own.error, own.naiveError].map(
    (n) => n ?? 0,
  );
  const signed = (n: number) => `${n < 0 ? "" : "+"}${n.toFixed(4)}`;
  const times = `${scored} ${scored === 1 ? "forecast was" : "forecasts were"}`;
  const lesson =
    error > naive
      ? "expecting no change would have been nearer: expect less, or say when you do not know"
      : `expecting no change would have been off by ${naive.toFixed(4)}`;
  return [
    `- Your forecasts so far: ${times} scored, ${rightDirection} right in direction. You expected ${signed(expected)} bpb on average, ${signed(came)} came; you were off by ${error.toFixed(4)} on average, and ${lesson}.`,
  ];
}

function left({ facts, money }: Material): string[] {
  const { experimentsLeft } = facts;
  const slots =
    experimentsLeft === undefined || experimentsLeft === null ? [] : [`${experimentsLeft} experiments`];
  const parts = [...slots, ...(money === "" ? [] : [money])];
  return parts.length === 0 ? [] : [`- Left: ${parts.join(", ")}.`];
}
