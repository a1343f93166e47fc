// Edits of the optimisation: schedule, optimizers, clipping, and sizes traded against each other.
import { searchSpace, type Values, valuesOf, clamp } from "../../source/space.ts";
import { setConstants } from "../../source/constants.ts";
import type { Edit } from "./edit.ts";
import { declare, rewrite } from "./rewrite.ts";

const LINEAR = "const down = WARMDOWN > 0 ? Math.min(1, (1 - progress) / WARMDOWN) : 1;";
const LEFT = "WARMDOWN > 0 ? Math.min(1, (1 - progress) / WARMDOWN) : 1";
const MUON =
  "new nn.Muon(nn.parameters(model.blocks), { lr: MATRIX_LR, momentum: MOMENTUM, weightDecay: WEIGHT_DECAY }),";
const STEP = "for (const optimizer of optimizers) optimizer.step(schedule(step.progress));";

/** Changes constants together, each within its range; null when one is missing or nothing changes. */
function together(source: string, change: (now: Values) => Values | null): string | null {
  const space = searchSpace(source);
  const now = valuesOf(source);
  const changed = change(now);
  if (!changed) return null;
  const wanted = Object.entries(changed).map(([name, value]) => {
    const range = space.find((dimension) => dimension.name === name)?.range;
    return range && Number.isFinite(value) ? ([name, clamp(value, range.low, range.high)] as const) : null;
  });
  if (wanted.some((entry) => entry === null)) return null;
  const values = Object.fromEntries(wanted.filter((entry) => entry !== null));
  return Object.entries(values).some(([name, value]) => now[name] === value)
    ? null
    : setConstants(source, values);
}

const short = (value: number) => Number(value.toPrecision(2));

export const trainingEdits: readonly Edit[] = [
  {
    name: "schedule-cosine",
    slot: "schedule",
    change: "the rate falls along a cosine",
    why: "it stays high for longer and lands softly",
    from: "Loshchilov and Hutter 2016",
    apply: (source) =>
      rewrite(source, [
        LINEAR,
        `const left = ${LEFT};\n  const down = 0.5 - 0.5 * Math.cos(Math.PI * left);`,
      ]),
  },
  {
    name: "schedule-sqrt",
    slot: "schedule",
    change: "the rate falls as 1 - sqrt",
    why: "it falls fast at first and leaves more of the budget to small rates",
    from: "Hägele et al. 2024",
    apply: (source) =>
      rewrite(source, [LINEAR, `const left = ${LEFT};\n  const down = 1 - Math.sqrt(1 - left);`]),
  },
  {
    name: "muon-steps",
    slot: "optimizer",
    change: "Muon orthogonalises with MUON_STEPS = 3 iterations",
    why: "a rougher orthogonalisation may do",
    inTime: "it is cheaper, and the steps saved are spent on data",
    from: "Jordan et al. 2024 (Muon)",
    apply: (source) =>
      declare(
        rewrite(source, [
          "momentum: MOMENTUM, weightDecay",
          "momentum: MOMENTUM, steps: MUON_STEPS, weightDecay",
        ]),
        "MUON_STEPS",
        3,
        "Newton-Schulz iterations (1..8)",
      ),
  },
  {
    name: "matrices-adamw",
    slot: "optimizer",
    change: "AdamW trains the matrices of the blocks in place of Muon, at BLOCK_LR = 0.003",
    why: "a step of its own for every weight may suit matrices this small",
    inTime: "its step is much cheaper",
    from: "Loshchilov and Hutter 2017",
    apply: (source) =>
      declare(
        rewrite(source, [
          MUON,
          "new nn.AdamW(nn.parameters(model.blocks), { lr: BLOCK_LR, betas, weightDecay: WEIGHT_DECAY }),",
        ]),
        "BLOCK_LR",
        0.003,
        "AdamW, for the matrices of the blocks (0.0001..0.03 log)",
      ),
  },
  {
    name: "no-weight-decay",
    slot: "optimizer",
    change: "Muon without weight decay",
    why: "in one short pass over the text there is little to forget",
    from: "Jordan et al. 2024 (Muon)",
    apply: (source) => rewrite(source, [", weightDecay: WEIGHT_DECAY", ""]),
  },
  {
    name: "head-decay",
    slot: "optimizer",
    change: "the output matrix decays too, HEAD_DECAY = 0.1",
    why: "it keeps rare tokens' logits from drifting",
    from: "GPT-3, Llama",
    apply: (source) =>
      declare(
        rewrite(source, [
          "new nn.AdamW([model.head], { lr: HEAD_LR, betas }),",
          "new nn.AdamW([model.head], { lr: HEAD_LR, betas, weightDecay: HEAD_DECAY }),",
        ]),
        "HEAD_DECAY",
        0.1,
        "AdamW's, for the output matrix (0.001..1 log)",
      ),
  },
  {
    name: "no-nesterov",
    slot: "optimizer",
    change: "Muon with plain momentum in place of Nesterov's",
    why: "less noise from the newest batch, which counts for small batches",
    from: "Jordan et al. 2024 (Muon)",
    apply: (source) =>
      rewrite(source, [
        "momentum: MOMENTUM, weightDecay",
        "momentum: MOMENTUM, nesterov: false, weightDecay",
      ]),
  },
  {
    name: "clip-gradients",
    slot: "optimizer",
    change: "the norm of all gradients is clipped at CLIP = 1",
    why: "one odd batch cannot undo many good ones",
    from: "Pascanu et al. 2013, GPT-3",
    apply: (source) =>
      declare(
        rewrite(source, [STEP, `nn.clipGradNorm(nn.parameters(model), CLIP);\n  ${STEP}`]),
        "CLIP",
        1,
        "largest norm of all gradients together (0.1..10 log)",
      ),
  },
  {
    name: "deeper-thinner",
    slot: "shape",
    change: "half as many blocks again, each with fewer heads",
    why: "at the same cost a deeper model composes more",
    from: "Tay et al. 2021",
    apply: (source) =>
      together(source, ({ DEPTH = NaN, HEADS = NaN }) => ({
        DEPTH: Math.max(DEPTH + 1, Math.round(DEPTH * 1.5)),
        HEADS: Math.min(HEADS - 1, Math.round(HEADS * 0.82)),
      })),
  },
  {
    name: "shallower-wider",
    slot: "shape",
    change: "fewer blocks, each with more heads",
    why: "a wider stream holds more at once",
    inTime: "fewer, larger matrices use the GPU better and make more steps",
    from: "Levine et al. 2020",
    apply: (source) =>
      together(source, ({ DEPTH = NaN, HEADS = NaN }) => ({
        DEPTH: Math.min(DEPTH - 1, Math.round(DEPTH * 0.67)),
        HEADS: Math.max(HEADS + 1, Math.round(HEADS * 1.22)),
      })),
  },
  {
    name: "fewer-wider-heads",
    slot: "shape",
    change: "half as many heads of twice the width",
    why: "each head sees more of the stream, at the same cost",
    from: "modded-nanogpt",
    apply: (source) =>
      together(source, ({ HEADS = NaN, HEAD_DIM = NaN }): Values | null =>
        HEADS % 2 === 0 && HEAD_DIM * 2 <= 128 ? { HEADS: HEADS / 2, HEAD_DIM: HEAD_DIM * 2 } : null,
      ),
  },
  {
    name: "smaller-batch",
    slot: "shape",
    change: "half the batch, with every rate divided by sqrt(2)",
    why: "twice as many updates from the same text; early in training updates count more than clean gradients",
    from: "McCandlish et al. 2018, Malladi et al. 2022",
    apply: (source) =>
      together(source, ({ BATCH = NaN, MATRIX_LR = NaN, EMBED_LR = NaN, HEAD_LR = NaN }) => ({
        BATCH: BATCH / 2,
        MATRIX_LR: short(MATRIX_LR / Math.SQRT2),
        EMBED_LR: short(EMBED_LR / Math.SQRT2),
        HEAD_LR: short(HEAD_LR / Math.SQRT2),
      })),
  },
  {
    name: "larger-batch",
    slot: "shape",
    change: "twice the batch, with every rate times sqrt(2)",
    why: "cleaner gradients and fuller dispatches",
    from: "McCandlish et al. 2018, Malladi et al. 2022",
    apply: (source) =>
      together(source, ({ BATCH = NaN, MATRIX_LR = NaN, EMBED_LR = NaN, HEAD_LR = NaN }) => ({
        BATCH: BATCH * 2,
        MATRIX_LR: short(MATRIX_LR * Math.SQRT2),
        EMBED_LR: short(EMBED_LR * Math.SQRT2),
        HEAD_LR: short(HEAD_LR * Math.SQRT2),
      })),
  },
];
