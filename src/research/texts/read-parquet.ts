// Reads a Parquet file in a worker of its own, piece by piece, with a limit on the time of each.
import { LabError } from "../../error.ts";
import type { Lines, ReadParquet } from "../../prepare/index.ts";
import type { FromParquet, ToParquet } from "./parquet-protocol.ts";

/** The longest time of a row group [ms]; the largest allowed takes a tenth of it. */
const PATIENCE = 120_000;

/** Reads a file in a worker that is started for it. */
export const parquetInWorker: ReadParquet = (name, file, signal) =>
  inWorker(openWorker(), name, file, { signal });

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
