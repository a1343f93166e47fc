// Reads a Parquet file in a worker of its own, piece by piece, with a limit on the time of each; where there are no workers
// (Node), in this thread.
import { LabError } from "../../error.ts";
import { type FromParquet, type Lines, parquetLines, type ToParquet } from "./parquet.ts";
import type { Spill } from "./spill.ts";

/** The longest time of a row group [ms]; the largest allowed takes a tenth of it. */
const PATIENCE = 120_000;

/** JSON lines. `pause` is awaited with the packed bytes of each piece. Throws LabError "corpus". */
export async function readParquet(
  name: string,
  file: Blob,
  spill: Spill,
  { pause, signal }: { pause(bytes: number): Promise<void>; readonly signal?: AbortSignal | undefined },
): Promise<Blob> {
  const pieces =
    typeof Worker === "undefined" ? parquetLines(name, file) : inWorker(openWorker(), name, file, { signal });
  for await (const { bytes, packed } of pieces) {
    spill.push(bytes);
    await pause(packed);
  }
  return spill.take();
}

const openWorker = (): Worker =>
  new Worker(new URL("./parquet-worker.ts", import.meta.url), { type: "module", name: "parquet" });

/** The pieces that the worker reads; it ends with the last one, with an error, or when it takes longer than `patience`. */
export async function* inWorker(
  worker: Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">,
  name: string,
  file: Blob,
  {
    patience = PATIENCE,
    signal,
  }: { readonly patience?: number; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Lines> {
  const ask = (message: ToParquet): Promise<FromParquet> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new LabError("corpus", {
            what: `${name} cannot be read`,
            got: `nothing for ${patience / 1000} s`,
            hint: "it is damaged, or its row groups are too large",
          }),
        );
      }, patience);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(new LabError("cancelled", "cancelled on request"));
      });
      worker.onmessage = ({ data }: MessageEvent<FromParquet>) => {
        clearTimeout(timer);
        resolve(data);
      };
      worker.onerror = ({ message }) => {
        clearTimeout(timer);
        reject(
          new LabError("corpus", { what: `${name} cannot be read`, got: message || "no memory for it" }),
        );
      };
      worker.postMessage(message);
    });
  try {
    for (
      let found = await ask({ type: "open", name, file });
      found.type !== "end";
      found = await ask({ type: "next" })
    ) {
      if (found.type === "refused") throw new LabError(found.code, found.message);
      yield found;
    }
  } finally {
    worker.terminate();
  }
}
