// A font whose every letter is the same block. With it a page has the same layout on every machine, whatever fonts are
// installed, so that pictures of it can be compared. The tables are those of the OpenType specification 1.9.

const UNITS = 1000;
/** Width of every letter, and of the block in it. */
const ADVANCE = 510;
const BLOCK = { left: 40, bottom: 0, right: 470, top: 560 };
const ASCENT = 900;
const DESCENT = -250;
/** Letters, punctuation and signs that the page uses; the first is the space. */
const RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x20, 0x20],
  [0x21, 0x7e],
  [0xa0, 0x17f],
  [0x300, 0x3ff],
  [0x2000, 0x206f],
  [0x2190, 0x22ff],
  [0x2300, 0x23ff],
  [0x2500, 0x27bf],
  [0xfffd, 0xfffd],
];

type Value = readonly [bits: 8 | 16 | 32, value: number];
const u8 = (...values: number[]): Value[] => values.map((value) => [8, value]);
const u16 = (...values: number[]): Value[] => values.map((value) => [16, value]);
const u32 = (...values: number[]): Value[] => values.map((value) => [32, value]);

/** Big-endian bytes; negative numbers in two's complement. */
function bytesOf(values: readonly Value[]): Buffer {
  const bytes = Buffer.alloc(values.reduce((sum, [bits]) => sum + bits / 8, 0));
  let at = 0;
  for (const [bits, value] of values) {
    bytes.writeUIntBE(value < 0 ? value + 2 ** bits : value, at, bits / 8);
    at += bits / 8;
  }
  return bytes;
}

/** Glyphs: 0 missing, 1 space, 2 the block. */
function glyphs(): Buffer {
  const { left, bottom, right, top } = BLOCK;
  return bytesOf([
    ...u16(1, left, bottom, right, top),
    ...u16(3, 0), // the last of four points, no instructions
    ...u8(1, 1, 1, 1), // on the curve, both differences in 16 bits
    ...u16(left, 0, right - left, 0),
    ...u16(bottom, top - bottom, 0, bottom - top),
  ]);
}

/** Maps every letter to the block: format 4, with a list of glyphs for each range. */
function cmap(): Buffer {
  const ranges = [...RANGES, [0xffff, 0xffff] as const];
  const count = ranges.length;
  const list: number[] = [];
  const offsets = ranges.map(([first, last], i) => {
    const offset = 2 * (count - i + list.length);
    for (let letter = first; letter <= last; letter++)
      list.push(letter === 0x20 || letter === 0xa0 ? 1 : letter === 0xffff ? 0 : 2);
    return offset;
  });
  const power = Math.floor(Math.log2(count));
  const length = 16 + 8 * count + 2 * list.length;
  return bytesOf([
    ...u16(0, 1, 3, 1), // one table, of Unicode's basic plane
    ...u32(12),
    ...u16(4, length, 0, 2 * count, 2 ** (power + 1), power, 2 * (count - 2 ** power)),
    ...u16(...ranges.map(([, last]) => last), 0),
    ...u16(...ranges.map(([first]) => first)),
    ...u16(...ranges.map(() => 0)),
    ...u16(...offsets),
    ...u16(...list),
  ]);
}

function names(): Buffer {
  const words = ["Blocks", "Regular", "Blocks", "Blocks", "1", "Blocks"];
  const texts = words.map((text) => Buffer.from(text, "utf16le").swap16());
  let at = 0;
  const records = texts.flatMap((text, i) => {
    const record = u16(3, 1, 0x409, i + 1, text.length, at);
    at += text.length;
    return record;
  });
  return Buffer.concat([bytesOf([...u16(0, texts.length, 6 + 12 * texts.length), ...records]), ...texts]);
}

function tables(): readonly (readonly [name: string, bytes: Buffer])[] {
  const { left, bottom, right, top } = BLOCK;
  const first = RANGES[0]?.[0] ?? 0;
  const last = RANGES.at(-1)?.[1] ?? 0;
  const glyf = glyphs();
  return [
    [
      "OS/2",
      bytesOf([
        ...u16(4, ADVANCE, 400, 5, 0),
        ...u16(0, 0, 0, 0, 0, 0, 0, 0, 50, 300, 0),
        ...u8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        ...u32(0, 0, 0, 0, 0x20202020),
        ...u16(0x40, first, last, ASCENT, DESCENT, 0, ASCENT, -DESCENT),
        ...u32(1, 0),
        ...u16(top, top, 0, 0x20, 1),
      ]),
    ],
    ["cmap", cmap()],
    ["glyf", glyf],
    [
      "head",
      bytesOf([
        ...u32(0x00010000, 0x00010000, 0, 0x5f0f3cf5),
        ...u16(3, UNITS),
        ...u32(0, 0, 0, 0),
        ...u16(left, bottom, right, top, 0, 8, 2, 0, 0),
      ]),
    ],
    [
      "hhea",
      bytesOf([
        ...u32(0x00010000),
        ...u16(ASCENT, DESCENT, 0, ADVANCE, left, ADVANCE - right, right, 1, 0, 0, 0, 0, 0, 0, 0, 3),
      ]),
    ],
    ["hmtx", bytesOf(u16(ADVANCE, 0, ADVANCE, 0, ADVANCE, left))],
    ["loca", bytesOf(u16(0, 0, 0, glyf.length / 2))],
    ["maxp", bytesOf([...u32(0x00010000), ...u16(3, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)])],
    ["name", names()],
    ["post", bytesOf([...u32(0x00030000, 0), ...u16(-100, 50), ...u32(1, 0, 0, 0, 0)])],
  ];
}

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0;
  return sum;
}

/** The font as a TrueType file. */
export function blockFont(): Buffer {
  const all = tables().map(([name, bytes]) => {
    const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
    return { name, length: bytes.length, padded };
  });
  const power = Math.floor(Math.log2(all.length));
  let at = 12 + 16 * all.length;
  const records = all.map(({ name, length, padded }) => {
    const record = Buffer.concat([Buffer.from(name), bytesOf(u32(checksum(padded), at, length))]);
    at += padded.length;
    return record;
  });
  const range = 16 * 2 ** power;
  const start = bytesOf([...u32(0x00010000), ...u16(all.length, range, power, 16 * all.length - range)]);
  return Buffer.concat([start, ...records, ...all.map(({ padded }) => padded)]);
}
