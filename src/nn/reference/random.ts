// The device's random numbers on the host: Philox 4x32-10 (Salmon et al., 2011) as in shaders/random.wgsl.

const scratch = new DataView(new ArrayBuffer(4));

function rounds(counter: number, seed: number): [number, number, number, number] {
  let c: [number, number, number, number] = [counter >>> 0, 0, 0, 0];
  let k0 = seed >>> 0;
  let k1 = 0;
  for (let round = 0; round < 10; round++) {
    const a = BigInt(c[0]) * 0xd2511f53n;
    const b = BigInt(c[2]) * 0xcd9e8d57n;
    const high = (x: bigint) => Number(x >> 32n);
    const low = (x: bigint) => Number(x & 0xffffffffn);
    c = [(high(b) ^ c[1] ^ k0) >>> 0, low(b), (high(a) ^ c[3] ^ k1) >>> 0, low(a)];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return c;
}

/** `count` values of a seed, whose 32 bits as f32 are the key. */
export function philox(count: number, seed: number, kind: "uniform" | "normal"): Float64Array {
  scratch.setFloat32(0, seed);
  const key = scratch.getUint32(0);
  const out = new Float64Array(count);
  for (let i = 0; i < count; i += 4) {
    const [x, y, z, w] = rounds(i / 4, key).map((bits) => (bits >>> 8) / 2 ** 24) as [
      number,
      number,
      number,
      number,
    ];
    let four = [x, y, z, w];
    if (kind === "normal") {
      const r0 = Math.sqrt(-2 * Math.log(1 - x));
      const r1 = Math.sqrt(-2 * Math.log(1 - z));
      const [a, b] = [y * 2 * Math.PI, w * 2 * Math.PI];
      four = [r0 * Math.cos(a), r0 * Math.sin(a), r1 * Math.cos(b), r1 * Math.sin(b)];
    }
    out.set(four.slice(0, count - i), i);
  }
  return out;
}
