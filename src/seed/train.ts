// train.ts: the file the researcher rewrites. A small GPT and the loop that trains it, and nothing else.
// `prepare` owns the text, the clock and the score; `nn` owns the tensors. Everything in here may change.
// Shapes: B rows of the batch, T tokens of a row, C = WIDTH, H heads, D = HEAD_DIM, V = VOCAB_SIZE.

import * as nn from "nn";
import type { Tensor } from "nn";
import { training, VOCAB_SIZE } from "prepare";

// The model
const DEPTH = 4; // transformer blocks (1..16)
const HEADS = 4; // attention heads of a block (1..16)
const HEAD_DIM = 32; // channels of a head; even, because RoPE rotates pairs (16..128 step 16)
const MLP_RATIO = 4; // hidden channels of the MLP, in widths (1..8)
const SOFTCAP = 15; // logits are capped smoothly to (-SOFTCAP, SOFTCAP) (5..60 log)
const ROPE_BASE = 10000; // the slowest rotation turns once in about this many tokens (500..500000 log)

// The optimisation
const BATCH = 8; // rows per step; a step uses BATCH * SEQ_LEN tokens (1..128 power of 2)
const MATRIX_LR = 0.02; // Muon, for the matrices of the blocks (0.001..0.2 log)
const EMBED_LR = 0.1; // AdamW, for the token embedding (0.003..1 log)
const HEAD_LR = 0.01; // AdamW, for the output matrix (0.0005..0.1 log)
const MOMENTUM = 0.9; // of Muon (0.5..0.99)
const BETA1 = 0.8; // of AdamW (0.5..0.95)
const BETA2 = 0.95; // of AdamW (0.8..0.999)
const WEIGHT_DECAY = 0.01; // of Muon, decoupled, times the learning rate (0.0001..0.5 log)
const WARMUP = 0.02; // fraction of the budget over which the rate rises (0..0.3)
const WARMDOWN = 0.5; // fraction of the budget over which the rate falls to FINAL_LR (0..1)
const FINAL_LR = 0.05; // fraction of the rate at the end (0..0.5)

const WIDTH = HEADS * HEAD_DIM;

/** A matrix [rows, columns], uniform with standard deviation 1 / sqrt(rows); zeros if `scale` is 0. */
function weight(rows: number, columns: number, scale = 1): Tensor {
  return nn.parameter([rows, columns], scale === 0 ? nn.zeros : nn.uniform(scale * Math.sqrt(3 / rows)));
}

/** Causal self-attention over H heads, with rotary positions and normalised queries and keys. */
class Attention {
  query = weight(WIDTH, WIDTH);
  key = weight(WIDTH, WIDTH);
  value = weight(WIDTH, WIDTH);
  out = weight(WIDTH, WIDTH, 0);

  // x [B, T, C] -> [B, T, C]
  forward(x: Tensor): Tensor {
    const [B, T] = x.shape;
    const heads = (y: Tensor) => y.view(B, T, HEADS, HEAD_DIM);
    const q = nn.rmsNorm(nn.rope(heads(x.matmul(this.query)), { base: ROPE_BASE }));
    const k = nn.rmsNorm(nn.rope(heads(x.matmul(this.key)), { base: ROPE_BASE }));
    const v = heads(x.matmul(this.value));
    return nn.attention(q, k, v).view(B, T, WIDTH).matmul(this.out);
  }
}

/** Two matrices around a squared ReLU. */
class MLP {
  up = weight(WIDTH, MLP_RATIO * WIDTH);
  down = weight(MLP_RATIO * WIDTH, WIDTH, 0);

  // x [B, T, C] -> [B, T, C]
  forward(x: Tensor): Tensor {
    return x.matmul(this.up).relu().square().matmul(this.down);
  }
}

class Block {
  attention = new Attention();
  mlp = new MLP();

  // x [B, T, C] -> [B, T, C]
  forward(x: Tensor): Tensor {
    x = x.add(this.attention.forward(nn.rmsNorm(x)));
    return x.add(this.mlp.forward(nn.rmsNorm(x)));
  }
}

class GPT {
  embed = nn.parameter([VOCAB_SIZE, WIDTH], nn.normal(1));
  blocks = Array.from({ length: DEPTH }, () => new Block());
  head = weight(WIDTH, VOCAB_SIZE, 0);

  // tokens [B, T] -> logits [B, T, V]
  forward(tokens: Tensor): Tensor {
    let x = nn.rmsNorm(nn.embedding(this.embed, tokens));
    for (const block of this.blocks) x = block.forward(x);
    return nn.rmsNorm(x).matmul(this.head).softcap(SOFTCAP);
  }
}

/** Factor of the learning rate at a fraction of the budget: rises, stays level, falls. */
function schedule(progress: number): number {
  const up = WARMUP > 0 ? Math.min(1, progress / WARMUP) : 1;
  const down = WARMDOWN > 0 ? Math.min(1, (1 - progress) / WARMDOWN) : 1;
  return up * (FINAL_LR + (1 - FINAL_LR) * down);
}

const model = new GPT();
const betas: [number, number] = [BETA1, BETA2];
const optimizers = [
  new nn.Muon(nn.parameters(model.blocks), { lr: MATRIX_LR, momentum: MOMENTUM, weightDecay: WEIGHT_DECAY }),
  new nn.AdamW([model.embed], { lr: EMBED_LR, betas }),
  new nn.AdamW([model.head], { lr: HEAD_LR, betas }),
];

// The lab runs the loop, this file defines its body: one batch, one gradient, one update.
for await (const step of training(model)) {
  const { x, y } = step.batch(BATCH);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  for (const optimizer of optimizers) optimizer.step(schedule(step.progress));
  step.log({ loss });
}
