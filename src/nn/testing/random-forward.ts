// Random forward passes, run on every possible input. T = C on purpose: an analysis that confuses two axes would fail
// here. Some programs reach infinity and NaN.
import fc from "fast-check";
import { loadGraph, nn, recordForward, Session, type Dependence, type Tensor } from "../index.ts";
import { ReferenceBackend } from "../reference/index.ts";

export const [B, T, V, C] = [2, 4, 2, 4];

export interface Instruction {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly n: number;
}
type Operation = (a: Tensor, b: Tensor, n: number, context: Context) => Tensor;
interface Context {
  readonly tokens: Tensor;
  readonly square: Tensor;
  readonly table: Tensor;
}

const mask = (n: number) => nn.causalMask(T).shift(n % 2, (n % 3) - 1);
const index = (n: number) =>
  nn.tensor(
    Uint32Array.from({ length: B * T * C }, (_, i) => (n % 3 === 0 ? (i >> 2) % T : (i * n) % T)),
    [B, T, C],
  );
const asIndex = (a: Tensor) =>
  a
    .abs()
    .minimum(T - 1)
    .uint();

/** All values are [B, T, C], so that all operations compose. */
const operations: readonly Operation[] = [
  (a, b) => a.add(b),
  (a, b) => a.mul(b),
  (a, b) => a.sub(b).tanh(),
  (a, b) => a.div(b.square().add(1)),
  (a) => a.gt(0.3),
  (a) => a.eq(a),
  (a, b) => nn.where(a.gt(0), a, b),
  (a, b, n) => nn.where(mask(n), a, b),
  (a, b) => a.maximum(b),
  (a, _, n) => a.mul(n % 2),
  (a) => a.mul(1e200),
  (a) => a.square(),
  (a) => a.exp().log(),
  (a, _, n) => a.shift(1, (n % 5) - 2),
  (a, _, n) => a.shift(n % 3, 1),
  (a, _, n) => a.roll(n % 3, 1),
  (a, _, n) => a.narrow(1, n % 2, T - 1).pad(1, (n >> 1) % 2, 1 - ((n >> 1) % 2)),
  (a, b, n) => nn.cat([a.narrow(n % 3, 0, 1), b.narrow(n % 3, 0, (n % 3 === 0 ? B : T) - 1)], n % 3),
  (a) => a.transpose(1, 2),
  (a) => a.permute(0, 2, 1),
  (a) =>
    a
      .view(B * T, C)
      .matmul(nn.parameter([C, C], nn.normal(1)))
      .view(B, T, C),
  (a) => a.view(B, C, T),
  (a) => a.view(B, 2, 2, C).mean(2, true).expand(B, 2, 2, C).view(B, T, C),
  (a) => a.view(B, T, 2, 2).transpose(1, 2).view(B, T, C),
  (a, b) => nn.rmsNorm(a).mul(b),
  (a, _, n) => nn.softmax(a, n % 3),
  (a, _, n) => a.cumsum(n % 3),
  (a, _, n) => a.mean(n % 3, true).expand(B, T, C),
  (a, _, n) =>
    a
      .sum()
      .view(1, 1, 1)
      .mul(n % 2)
      .expand(B, T, C),
  (a, _, n) => a.max(n % 3, true).expand(B, T, C),
  (a, _, __, { square }) => a.matmul(square),
  (a, _, __, { square }) => nn.tril(square).matmul(a),
  (a, b) => a.matmul(b, { transposeB: true }),
  (a, b) => nn.tril(a).matmul(b),
  (a, b, n) => nn.where(mask(n), a.tanh(), -1e9).matmul(b.tanh()),
  (a, _, n) => nn.softmax(nn.where(mask(n), a.tanh(), -1e9)),
  (a, b, n) => nn.softmax(nn.rmsNorm(a).add(mask(n).sub(1).mul(1e9))).matmul(nn.rmsNorm(b)),
  (a, b) => {
    const heads = (x: Tensor) => x.view(B, T, 2, 2);
    return nn.attention(nn.rope(heads(a)), heads(b), heads(a)).view(B, T, C);
  },
  (a, b) => nn.causalConv(a, b.narrow(0, 0, 1).narrow(1, 0, 2).view(2, C)),
  (a) => nn.causalConv(a, nn.parameter([2, C], nn.normal(1))),
  (a, _, n) => a.gather(n % 3 === 0 ? 1 : n % 3, index(n)),
  (a, b, n) => a.gather(1 + (n % 2), asIndex(b)),
  (a, _, n) => nn.scatterAdd(a, 1 + (n % 2), index(n), T),
  (a, b) => nn.scatterAdd(a, 1, asIndex(b), T),
  (_, b, __, { table }) => nn.embedding(table, asIndex(b.sum(2))),
  (a, _, n, { tokens }) => a.add(nn.oneHot(tokens.shift(1, (n % 3) - 1), C)),
  (a, _, __, { tokens }) => a.mul(tokens.float().view(B, T, 1)),
  (a, _, n, { tokens }) =>
    a.mul(
      tokens
        .float()
        .sum(n % 2, true)
        .gt(1)
        .view(...(n % 2 === 0 ? [1, T, 1] : [B, 1, 1])),
    ),
  (a) => a.argmax(2).float().view(B, T, 1).expand(B, T, C),
  (a, _, n) => a.logsumexp(1 + (n % 2), true).expand(B, T, C),
];

export const program = fc.array(
  fc.record({ op: fc.nat(operations.length - 1), a: fc.nat(3), b: fc.nat(3), n: fc.nat(11) }),
  { minLength: 1, maxLength: 6 },
);

/** All possible rows of tokens. */
const every = Array.from({ length: V ** T }, (_, i) => Array.from({ length: T }, (_, t) => (i >> t) & 1));

/** The forward pass of a program; operands are counted back from the latest value. */
function forwardOf(instructions: readonly Instruction[]): (tokens: Tensor) => Tensor {
  const table = nn.parameter([T, C], nn.normal(1));
  const square = nn.parameter([C, C], nn.normal(1));
  return (tokens) => {
    const values = [nn.embedding(table, tokens)];
    for (const { op, a, b, n } of instructions) {
      const pick = (back: number) => values[Math.max(0, values.length - 1 - back)];
      values.push(operations[op](pick(a), pick(b), n, { tokens, square, table }));
    }
    return values[values.length - 1].add(values[0].mul(1e-3));
  };
}

export interface Trial {
  readonly proof: Dependence;
  /** Whether some input showed that logits depend on other rows, or on later tokens. */
  readonly leaks: { readonly rows: boolean; readonly time: boolean };
}

/** Analyses a program, and runs it on `session` for every row of tokens next to a fixed row, in both orders. */
export async function tryProgram(instructions: readonly Instruction[], session: Session): Promise<Trial> {
  const backend = new ReferenceBackend();
  new Session(backend, 1).activate();
  const { graph, parameters } = recordForward({ forward: forwardOf(instructions) }, [B, T]);
  const weights = parameters.map(({ tensor }) => Float32Array.from(backend.stored(tensor.leaf as never)));
  const loaded = loadGraph(JSON.stringify(graph));
  session.activate();
  const pass = loaded.instantiate(session, weights);
  const leaks = { rows: false, time: false };
  for (const varied of [0, 1]) {
    // The logits at each position, by the tokens up to that position.
    const seen = new Map<string, string>();
    for (const row of every) {
      const rows = varied === 0 ? [row, every[6]] : [every[6], row];
      const read = session.readLater(pass(nn.tensor(Uint32Array.from(rows.flat()), [B, T])));
      session.flush();
      const logits = Array.from(await read, (x) => x + 0); // -0 is 0
      for (let t = 0; t < T; t++) {
        const at = (r: number) => logits.slice((r * T + t) * C, (r * T + t + 1) * C).join();
        for (const [key, value, ask] of [
          [`own ${t} ${row.slice(0, t + 1).join("")}`, at(varied), "time"],
          [`other ${t}`, at(1 - varied), "rows"],
        ] as const) {
          if ((seen.get(key) ?? value) !== value) leaks[ask] = true;
          seen.set(key, value);
        }
      }
    }
  }
  return { proof: loaded.dependence(weights), leaks };
}
