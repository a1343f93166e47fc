// Edits of the MLP: its nonlinearity, a gate, its place in the block.
import type { Edit } from "./edit.ts";
import { declare, matches, rewrite } from "./rewrite.ts";

const ACTIVATIONS = [".relu().square()", ".gelu()", ".silu()", ".relu()"] as const;

/** Replaces the MLP's present nonlinearity by `to`. */
function activation(source: string, to: (typeof ACTIVATIONS)[number]): string | null {
  const chain = (call: string) => `x.matmul(this.up)${call}.matmul(this.down)`;
  const now = ACTIVATIONS.find((call) => matches(source, chain(call)));
  return now === undefined || now === to ? null : rewrite(source, [chain(now), chain(to)]);
}

const HIDDEN =
  "const HIDDEN = 8 * Math.round((MLP_RATIO * WIDTH) / 12); // two thirds, so that three matrices cost what two did";

function gated(source: string, gate: string): string | null {
  const width = "const WIDTH = HEADS * HEAD_DIM;";
  if (matches(source, "HIDDEN")) return null;
  const now = ACTIVATIONS.find((call) =>
    matches(source, `return x.matmul(this.up)${call}.matmul(this.down);`),
  );
  if (now === undefined) return null;
  return rewrite(
    source,
    [width, `${width}\n${HIDDEN}`],
    [
      "up = weight(WIDTH, MLP_RATIO * WIDTH);",
      "gate = weight(WIDTH, HIDDEN);\n  up = weight(WIDTH, HIDDEN);",
    ],
    ["down = weight(MLP_RATIO * WIDTH, WIDTH", "down = weight(HIDDEN, WIDTH"],
    [
      `return x.matmul(this.up)${now}.matmul(this.down);`,
      `return x.matmul(this.gate)${gate}.mul(x.matmul(this.up)).matmul(this.down);`,
    ],
  );
}

export const activationEdits: readonly Edit[] = [
  {
    name: "activation-gelu",
    slot: "activation",
    change: "the MLP's activation becomes GELU",
    why: "it keeps a gradient for negative inputs, which a rectifier throws away",
    from: "Hendrycks and Gimpel 2016, GPT-2",
    apply: (source) => activation(source, ".gelu()"),
  },
  {
    name: "activation-silu",
    slot: "activation",
    change: "the MLP's activation becomes SiLU",
    why: "smooth and cheap, and it lets small negative signals through",
    from: "Ramachandran et al. 2017, Llama",
    apply: (source) => activation(source, ".silu()"),
  },
  {
    name: "activation-relu2",
    slot: "activation",
    change: "the MLP's activation becomes ReLU²",
    why: "sparse, and the square separates strong features from weak ones",
    from: "So et al. 2021 (Primer), nanochat",
    apply: (source) => activation(source, ".relu().square()"),
  },
  {
    name: "activation-relu",
    slot: "activation",
    change: "the MLP's activation becomes plain ReLU",
    why: "its gradient does not grow with the input, so a higher rate may stay stable",
    from: "Vaswani et al. 2017",
    apply: (source) => activation(source, ".relu()"),
  },
  {
    name: "mlp-swiglu",
    slot: "activation",
    change: "the MLP gets a SiLU gate at the same number of parameters (SwiGLU)",
    why: "a gate multiplies two views of the input, which a plain MLP of that size cannot",
    from: "Shazeer 2020, Llama",
    apply: (source) => gated(source, ".silu()"),
  },
  {
    name: "mlp-reglu2",
    slot: "activation",
    change: "the MLP gets a squared-ReLU gate at the same number of parameters",
    why: "it keeps ReLU²'s sparsity and adds the product of a gate",
    from: "Shazeer 2020, So et al. 2021",
    apply: (source) => gated(source, ".relu().square()"),
  },
  {
    name: "parallel-block",
    slot: "residual",
    change: "attention and MLP read the same normalised input side by side",
    why: "one norm fewer and shorter paths for the gradient",
    inTime: "the steps saved are spent on data",
    from: "GPT-J, PaLM",
    apply: (source) =>
      rewrite(source, [
        "x = x.add(this.attention.forward(nn.rmsNorm(x))); return x.add(this.mlp.forward(nn.rmsNorm(x)));",
        "const h = nn.rmsNorm(x);\n    return x.add(this.attention.forward(h)).add(this.mlp.forward(h));",
      ]),
  },
  {
    name: "residual-scale",
    slot: "residual",
    change: "the output of each block is multiplied by a constant, RESIDUAL_SCALE = 0.5",
    why: "the stream grows more slowly with depth, so late blocks still count",
    from: "Xiong et al. 2020, DeepNet",
    apply: (source) =>
      declare(
        rewrite(
          source,
          [
            "x = x.add(this.attention.forward(nn.rmsNorm(x)));",
            "x = x.add(this.attention.forward(nn.rmsNorm(x)).mul(RESIDUAL_SCALE));",
          ],
          [
            "return x.add(this.mlp.forward(nn.rmsNorm(x)));",
            "return x.add(this.mlp.forward(nn.rmsNorm(x)).mul(RESIDUAL_SCALE));",
          ],
        ),
        "RESIDUAL_SCALE",
        0.5,
        "what a block adds, in parts of the stream (0.1..2 log)",
      ),
  },
];
