// The entry of the worker that reads a Parquet file. A damaged one can make the reader count to billions in one step: then the
// lab ends this worker, and goes on itself.
import { LabError, messageOf } from "../../error.ts";
import { type Lines, parquetLines } from "../../prepare/index.ts";
import type { FromParquet, ToParquet } from "./parquet-protocol.ts";

let lines: AsyncGenerator<Lines> | null = null;

async function answer(message: ToParquet): Promise<FromParquet> {
  if (message.type === "open") lines = parquetLines(message.name, message.file);
  const next = await lines?.next();
  return next === undefined || next.done === true ? { type: "end" } : { type: "lines", ...next.value };
}

onmessage = ({ data }: MessageEvent<ToParquet>): void => {
  answer(data).then(
    (found) => {
      postMessage(found, { transfer: found.type === "lines" ? [found.bytes.buffer] : [] });
    },
    (error: unknown) => {
      const code = error instanceof LabError ? error.code : "internal";
      postMessage({ type: "refused", code, message: messageOf(error) } satisfies FromParquet);
    },
  );
};
