// The safetensors format: the length of a JSON header, the header, then the tensors' bytes one after the other.
// https://huggingface.co/docs/safetensors
import { LabError } from "../../error.ts";

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major, as many as the shape says. */
  readonly data: Float32Array;
}

export interface Tensors {
  readonly tensors: readonly NamedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Largest header [bytes], as in the reference implementation. */
const MAX_HEADER = 100_000_000;
const METADATA = "__metadata__";

/** Names must differ. All machines with WebGPU are little endian, as is the format. */
export function writeSafetensors({ tensors, metadata }: Tensors): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let at = 0;
  for (const { name, shape, data } of tensors) {
    if (name in header) throw new LabError("value", { what: "two tensors have one name", got: name });
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const json = JSON.stringify(header);
  const written = new TextEncoder().encode(json);
  // Filled up with blanks, so that the tensors begin at a multiple of 8.
  const length = Math.ceil(written.length / 8) * 8;
  const file = new Uint8Array(8 + length + at).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(written, 8);
  let to = 8 + length;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), to);
    to += data.byteLength;
  }
  return file;
}

/** Tensors of type F32, in the order of the header. Throws LabError "value" for another file. */
export function readSafetensors(file: Uint8Array): Tensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (length > Math.min(MAX_HEADER, file.length - 8)) throw damaged("its header is longer than the file");
  const header = parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const { [METADATA]: metadata = {}, ...entries } = header;
  if (!isRecord(metadata)) throw damaged("its metadata is no object");
  const tensors = Object.entries(entries).map(([name, entry]): NamedTensor => {
    if (!isRecord(entry)) throw damaged(`${name} is no object`);
    const { dtype, shape, data_offsets: offsets } = entry;
    if (dtype !== "F32") throw damaged(`${name} has the type ${JSON.stringify(dtype)}, expected F32`);
    if (!isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2)
      throw damaged(`${name} has no shape or place`);
    const [start, end] = offsets;
    const size = shape.reduce((a, b) => a * b, 1);
    if (start > end || 8 + length + end > file.length || end - start !== 4 * size)
      throw damaged(`${name} has ${end - start} bytes at ${start} for the shape [${shape.join(", ")}]`);
    return { name, shape, data: new Float32Array(file.slice(8 + length + start, 8 + length + end).buffer) };
  });
  return {
    tensors,
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)])),
  };
}

function parse(json: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch {
    throw damaged("its header is not JSON");
  }
  if (!isRecord(header)) throw damaged("its header is no object");
  return header;
}

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x);
const isNumbers = (x: unknown): x is number[] =>
  Array.isArray(x) && x.every((one) => Number.isSafeInteger(one) && one >= 0);

const damaged = (got: string): LabError =>
  new LabError("value", { what: "this is no safetensors file of the lab", got });
