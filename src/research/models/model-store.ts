// The weights of scored models in the browser's cache storage, to talk to them and to take them away. No verdict depends on
// them, so they are dropped where room is short: the best, the baseline and the newest stay longest.
import { LabError } from "../../error.ts";

export const MODEL_CACHE = "overnight-models";
/** Bytes of all models together. */
export const MAX_BYTES = 256 << 20;

const base = () => `${location.origin}/models/`;
const address = (study: string, number: number) => `${base()}${encodeURIComponent(study)}/${number}`;

interface Kept {
  readonly study: string;
  readonly number: number;
}

/** Stores the model of an experiment in place of its earlier one. Throws LabError "full" without room. */
export async function keepModel({ study, number }: Kept, file: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    const cache = await caches.open(MODEL_CACHE);
    const headers = { "content-length": String(file.length) };
    await cache.put(address(study, number), new Response(file, { headers }));
  } catch (cause) {
    throw new LabError("full", {
      what: `the weights of #${number} could not be kept`,
      got: String(cause),
      cause,
    });
  }
}

/** The file of a model; null: it was not kept, or was dropped. */
export async function keptModel({ study, number }: Kept): Promise<ArrayBuffer | null> {
  const found = await (await caches.open(MODEL_CACHE)).match(address(study, number));
  return found ? found.arrayBuffer() : null;
}

/** The experiments of a study whose models are here, in order. */
export async function keptModels(study: string): Promise<readonly number[]> {
  if (typeof caches === "undefined") return [];
  const all = await everyModel(await caches.open(MODEL_CACHE));
  return all
    .filter((one) => one.study === study)
    .map(({ number }) => number)
    .sort((a, b) => a - b);
}

/** An experiment for which a model may stay. */
export interface Rated {
  readonly number: number;
  readonly status: string;
}

/**
 * Drops models until the rest fits: those of other studies first, then of this one those that were not kept, then older kept
 * ones. The best (the last kept), the baseline and the newest stay.
 */
export async function dropModels(
  study: string,
  experiments: readonly Rated[],
  most = MAX_BYTES,
): Promise<void> {
  const cache = await caches.open(MODEL_CACHE);
  const all = await everyModel(cache);
  let bytes = all.reduce((sum, { size }) => sum + size, 0);
  for (const { study: of, number, size } of [...all].sort(byWorth(study, experiments))) {
    if (bytes <= most) return;
    await cache.delete(address(of, number));
    bytes -= size;
  }
}

/** Orders models, the one to drop first first. */
function byWorth(study: string, experiments: readonly Rated[]): (a: Kept, b: Kept) => number {
  const keeps = experiments.filter(({ status }) => status === "keep").map(({ number }) => number);
  const best = keeps.at(-1);
  const worth = (one: Kept) => {
    if (one.study !== study) return 0;
    if (one.number === best) return 4;
    const newest = Math.max(...experiments.map(({ number }) => number), one.number);
    if (one.number === keeps[0] || one.number === newest) return 3;
    return keeps.includes(one.number) ? 2 : 1;
  };
  return (a, b) => worth(a) - worth(b) || a.number - b.number;
}

async function everyModel(cache: Cache): Promise<(Kept & { readonly size: number })[]> {
  const found: (Kept & { readonly size: number })[] = [];
  for (const request of await cache.keys()) {
    const parts = /^([^/]+)\/(\d+)$/.exec(
      request.url.startsWith(base()) ? request.url.slice(base().length) : "",
    );
    const response = parts && (await cache.match(request));
    if (!parts || !response) continue;
    const size = Number(response.headers.get("content-length") ?? 0);
    found.push({ study: decodeURIComponent(parts[1]), number: Number(parts[2]), size });
  }
  return found;
}
