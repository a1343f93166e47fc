// The entry of the reader: a worker of the page's origin, one command after the other.
import type { ReaderCommand } from "./protocol.ts";
import { Reader } from "./reader.ts";

const reader = new Reader();
addEventListener("message", ({ data }: MessageEvent<ReaderCommand>) => {
  const answer = reader.answer(data);
  if (answer !== null) postMessage(answer);
});
