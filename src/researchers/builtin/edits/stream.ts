// Edits of the input and output of the stack of blocks: embedding, skip connections, initial values, head.
import type { Edit } from "./edit.ts";
import { declare, rewrite, type Step } from "./rewrite.ts";

const EMBED_GROUP = "new nn.AdamW([model.embed], { lr: EMBED_LR, betas }),";
const HEAD_GROUP = "new nn.AdamW([model.head], { lr: HEAD_LR, betas }),";
const HEAD_FIELD = "head = weight(WIDTH, VOCAB_SIZE, 0);";
const BLOCKS = "for (const block of this.blocks) x = block.forward(x);";

/** One more AdamW group, after the head's. */
const group = (field: string, rate: string): Step => [
  HEAD_GROUP,
  `${HEAD_GROUP}\n  new nn.AdamW([model.${field}], { lr: ${rate}, betas }),`,
];

const DAMPED = "1 / Math.sqrt(2 * DEPTH)";

/** The MLP's second matrix, with `rows` rows and without the zero initialisation. */
const down = (source: string | null, rows: string) =>
  rewrite(source, [`down = weight(${rows}, WIDTH, 0);`, `down = weight(${rows}, WIDTH, ${DAMPED});`]);

export const streamEdits: readonly Edit[] = [
  {
    name: "tied-head",
    slot: "output",
    change: "the output matrix is the embedding, transposed",
    why: "every token's vector learns from both ends",
    from: "Press and Wolf 2016, GPT-2",
    apply: (source) =>
      rewrite(
        source,
        [
          "embed = nn.parameter([VOCAB_SIZE, WIDTH], nn.normal(1));",
          "embed = nn.parameter([VOCAB_SIZE, WIDTH], nn.normal(0.02));",
        ],
        [HEAD_FIELD, ""],
        [".matmul(this.head)", ".matmul(this.embed, { transposeB: true })"],
        [EMBED_GROUP, EMBED_GROUP.replace("EMBED_LR", "HEAD_LR")],
        [HEAD_GROUP, ""],
      ),
  },
  {
    name: "no-softcap",
    slot: "output",
    change: "the logits are no longer capped",
    why: "the cap bends the gradient of confident predictions; a small model may not need it",
    from: "GPT-2 (Gemma 2 introduced the cap)",
    apply: (source) => rewrite(source, [".softcap(SOFTCAP)", ""]),
  },
  {
    name: "token-bias",
    slot: "output",
    change: "the logits get a bias per token",
    why: "how often each token occurs is learnt in a few steps, and the matrices are free for the rest",
    from: "GPT-1, Karpathy's makemore",
    apply: (source) =>
      declare(
        rewrite(
          source,
          [HEAD_FIELD, `${HEAD_FIELD}\n  bias = nn.parameter([VOCAB_SIZE], nn.zeros);`],
          [".matmul(this.head)", ".matmul(this.head).add(this.bias)"],
          group("bias", "BIAS_LR"),
        ),
        "BIAS_LR",
        0.02,
        "AdamW, for the bias of the logits (0.001..0.2 log)",
      ),
  },
  {
    name: "embedding-skip",
    slot: "residual",
    change: "every block also reads the embedding, by a learnt amount that starts at zero",
    why: "a late block need not carry the token's identity through all the others",
    from: "modded-nanogpt (x0 lambdas)",
    apply: (source) =>
      declare(
        rewrite(
          source,
          [HEAD_FIELD, `skip = nn.parameter([DEPTH], nn.zeros);\n  ${HEAD_FIELD}`],
          [
            BLOCKS,
            "const x0 = x;\n    for (const [i, block] of this.blocks.entries()) x = block.forward(x.add(x0.mul(this.skip.narrow(0, i, 1))));",
          ],
          group("skip", "SKIP_LR"),
        ),
        "SKIP_LR",
        0.02,
        "AdamW, for the skip from the embedding (0.001..0.2 log)",
      ),
  },
  {
    name: "smear",
    slot: "input",
    change: "each token's embedding gets a part, SMEAR = 0.2, of the previous token's",
    why: "bigrams are then visible to the first block without spending a head on them",
    from: "RWKV (token shift), modded-nanogpt (smear)",
    apply: (source) =>
      declare(
        rewrite(source, [
          "let x = nn.rmsNorm(nn.embedding(this.embed, tokens));",
          [
            "let x = nn.rmsNorm(nn.embedding(this.embed, tokens));",
            "    const [B, T] = tokens.shape;",
            "    const previous = nn.cat([nn.full([B, 1, WIDTH], 0), x.narrow(1, 0, T - 1)], 1);",
            "    x = x.add(previous.mul(SMEAR));",
          ].join("\n"),
        ]),
        "SMEAR",
        0.2,
        "part of the previous token's embedding (0.02..1 log)",
      ),
  },
  {
    name: "no-embedding-norm",
    slot: "input",
    change: "the embedding enters the blocks without a norm",
    why: "a token may then speak louder or softer, and how much is learnt",
    from: "GPT-2",
    apply: (source) =>
      rewrite(source, [
        "let x = nn.rmsNorm(nn.embedding(this.embed, tokens));",
        "let x = nn.embedding(this.embed, tokens);",
      ]),
  },
  {
    name: "final-gain",
    slot: "output",
    change: "the last norm gets a learnt gain per channel",
    why: "the head can weigh channels without growing its matrix",
    from: "Zhang and Sennrich 2019",
    apply: (source) =>
      declare(
        rewrite(
          source,
          [HEAD_FIELD, `gain = nn.parameter([WIDTH], nn.ones);\n  ${HEAD_FIELD}`],
          ["return nn.rmsNorm(x).matmul", "return nn.rmsNorm(x, this.gain).matmul"],
          group("gain", "GAIN_LR"),
        ),
        "GAIN_LR",
        0.01,
        "AdamW, for the gain of the last norm (0.0005..0.1 log)",
      ),
  },
  {
    name: "scaled-init",
    slot: "init",
    change:
      "the matrices that write to the stream start at 1 / sqrt(2 DEPTH) of their scale in place of zero",
    why: "every matrix receives a gradient from the first step",
    from: "GPT-2",
    apply: (source) => {
      const attention = rewrite(source, [
        "out = weight(WIDTH, WIDTH, 0);",
        `out = weight(WIDTH, WIDTH, ${DAMPED});`,
      ]);
      return down(attention, "MLP_RATIO * WIDTH") ?? down(attention, "HIDDEN");
    },
  },
  {
    name: "small-head-init",
    slot: "init",
    change: "the output matrix starts at a tenth of its scale in place of zero",
    why: "the stack receives a gradient from the first step instead of waiting for the head",
    from: "Yang et al. 2022 (muP)",
    apply: (source) => rewrite(source, [HEAD_FIELD, HEAD_FIELD.replace(", 0)", ", 0.1)")]),
  },
  {
    name: "orthogonal-init",
    slot: "init",
    change: "matrices start orthogonal in place of uniform",
    why: "Muon keeps its updates orthogonal; starting there spares it the way",
    from: "Saxe et al. 2013",
    apply: (source) =>
      rewrite(source, [
        "scale === 0 ? nn.zeros : nn.uniform(scale * Math.sqrt(3 / rows))",
        "scale === 0 ? nn.zeros : nn.orthogonal(scale)",
      ]),
  },
];
