// The parameters of the seed with small sizes, in the order of declaration.

const WIDTH = 12;
const VOCAB = 13;
const block = (i: number): [string, readonly number[]][] => [
  ...["query", "key", "value", "out"].map((name): [string, readonly number[]] => [
    `blocks.${i}.attention.${name}`,
    [WIDTH, WIDTH],
  ]),
  [`blocks.${i}.mlp.up`, [WIDTH, 3 * WIDTH]],
  [`blocks.${i}.mlp.down`, [3 * WIDTH, WIDTH]],
];

export const seedShapes: ReadonlyMap<string, readonly number[]> = new Map([
  ["embed", [VOCAB, WIDTH]],
  ...block(0),
  ...block(1),
  ["head", [WIDTH, VOCAB]],
]);
