// A small GPT for tests, written like train.ts: RMSNorm, RoPE, QK-norm, ReLU², softcapped logits.

import * as nn from "../api.ts";
import type { Tensor } from "../api.ts";

export interface TinyOptions {
  vocab: number;
  width: number;
  layers: number;
  heads: number;
  /** Whether the head and the embedding share one table. */
  tied?: boolean;
  /** Gains on the norms. */
  gains?: boolean;
}

const weight = (from: number, to: number) => nn.parameter([from, to], nn.normal(0.4 / Math.sqrt(from)));

class Block {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly out: Tensor;
  readonly up: Tensor;
  readonly down: Tensor;
  readonly gain1: Tensor | null;
  readonly gain2: Tensor | null;
  readonly heads: number;
  constructor({ width, heads, gains }: TinyOptions) {
    this.heads = heads;
    this.q = weight(width, width);
    this.k = weight(width, width);
    this.v = weight(width, width);
    this.out = weight(width, width);
    this.up = weight(width, 4 * width);
    this.down = weight(4 * width, width);
    this.gain1 = gains ? nn.parameter([width], nn.ones) : null;
    this.gain2 = gains ? nn.parameter([width], nn.ones) : null;
  }
  forward(x: Tensor): Tensor {
    const [B = 1, T = 1, C = 1] = x.shape;
    const heads = (y: Tensor) => y.view(B, T, this.heads, C / this.heads);
    const n = nn.rmsNorm(x, this.gain1);
    const q = nn.rmsNorm(nn.rope(heads(n.matmul(this.q))));
    const k = nn.rmsNorm(nn.rope(heads(n.matmul(this.k))));
    const y = nn.attention(q, k, heads(n.matmul(this.v))).view(B, T, C);
    const h = x.add(y.matmul(this.out));
    return h.add(nn.rmsNorm(h, this.gain2).matmul(this.up).relu().square().matmul(this.down));
  }
}

export class TinyGpt {
  readonly table: Tensor;
  readonly head: Tensor | null;
  readonly gain: Tensor | null;
  readonly blocks: Block[];
  constructor(options: TinyOptions) {
    this.table = nn.parameter([options.vocab, options.width], nn.normal(0.5));
    this.head = options.tied ? null : weight(options.width, options.vocab);
    this.gain = options.gains ? nn.parameter([options.width], nn.ones) : null;
    this.blocks = Array.from({ length: options.layers }, () => new Block(options));
  }
  /** tokens [B, T] to logits [B, T, V]. */
  forward(tokens: Tensor): Tensor {
    let x = nn.embedding(this.table, tokens);
    for (const block of this.blocks) x = block.forward(x);
    const n = nn.rmsNorm(x, this.gain);
    const logits = this.head ? n.matmul(this.head) : n.matmul(this.table, { transposeB: true });
    return logits.softcap(15);
  }
}
