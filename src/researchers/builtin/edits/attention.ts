// Edits of attention: norms, sharpness, reach, shared keys and values, positions.
import type { Edit } from "./edit.ts";
import { declare, matches, rewrite, type Step } from "./rewrite.ts";

const ATTEND = "return nn.attention(q, k, v).view(B, T, WIDTH).matmul(this.out);";
const roped = (part: string) => `nn.rope(heads(x.matmul(this.${part})), { base: ROPE_BASE })`;
const normed = (part: string): Step => [`nn.rmsNorm(${roped(part)})`, roped(part)];

export const attentionEdits: readonly Edit[] = [
  {
    name: "no-qk-norm",
    slot: "attention",
    change: "queries and keys are no longer normalised",
    why: "attention may become as sharp as it likes, and two norms a block are saved",
    from: "Vaswani et al. 2017",
    apply: (source) => rewrite(source, normed("query"), normed("key")),
  },
  {
    name: "sharper-attention",
    slot: "attention",
    change: "queries are multiplied by a constant, QUERY_GAIN = 1.5",
    why: "normalised queries and keys bound the logits of attention; a gain lets it be sharper",
    from: "nanochat, Henry et al. 2020",
    apply: (source) =>
      declare(
        rewrite(source, [`nn.rmsNorm(${roped("query")})`, `nn.rmsNorm(${roped("query")}).mul(QUERY_GAIN)`]),
        "QUERY_GAIN",
        1.5,
        "sharpness of attention (0.3..5 log)",
      ),
  },
  {
    name: "attention-window",
    slot: "attention",
    change: "attention looks back at most WINDOW = 64 tokens",
    why: "most tokens that help to predict the next one are near",
    inTime: "short rows are cheaper",
    from: "Mistral, modded-nanogpt",
    apply: (source) =>
      declare(
        rewrite(source, [ATTEND, ATTEND.replace("(q, k, v)", "(q, k, v, { window: WINDOW })")]),
        "WINDOW",
        64,
        "tokens attention looks back (16..512 power of 2)",
      ),
  },
  {
    name: "multi-query",
    slot: "attention",
    change: "all heads share one key and one value (multi-query attention)",
    why: "it saves most of two matrices a block, and heads may need no key of their own",
    inTime: "the steps saved are spent on data",
    from: "Shazeer 2019",
    apply: (source) =>
      rewrite(
        source,
        ["key = weight(WIDTH, WIDTH);", "key = weight(WIDTH, HEAD_DIM);"],
        ["value = weight(WIDTH, WIDTH);", "value = weight(WIDTH, HEAD_DIM);"],
        [
          "const heads = (y: Tensor) => y.view(B, T, HEADS, HEAD_DIM);",
          "const heads = (y: Tensor) => y.view(B, T, -1, HEAD_DIM);",
        ],
      ),
  },
  {
    name: "value-norm",
    slot: "attention",
    change: "values are normalised like queries and keys",
    why: "every token then speaks with the same voice, and the output projection sees one scale",
    from: "modded-nanogpt, Loshchilov et al. 2024 (nGPT)",
    apply: (source) =>
      rewrite(source, [
        "const v = heads(x.matmul(this.value));",
        "const v = nn.rmsNorm(heads(x.matmul(this.value)));",
      ]),
  },
  {
    name: "gated-attention",
    slot: "attention",
    change: "a sigmoid gate of the input multiplies attention's output",
    why: "a head that has nothing to say can be silent instead of averaging",
    from: "Qiu et al. 2025 (Gated attention)",
    apply: (source) =>
      matches(source, "this.gate).sigmoid()")
        ? null
        : rewrite(
            source,
            [
              "value = weight(WIDTH, WIDTH);",
              "value = weight(WIDTH, WIDTH);\n  gate = weight(WIDTH, WIDTH, 0);",
            ],
            [
              ".view(B, T, WIDTH).matmul(this.out);",
              ".view(B, T, WIDTH).mul(x.matmul(this.gate).sigmoid().mul(2)).matmul(this.out);",
            ],
          ),
  },
];
