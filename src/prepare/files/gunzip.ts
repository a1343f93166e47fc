// Unpacks gzip as a stream. The browser's DecompressionStream stops at the end of the first member, and files that were
// joined or written in blocks have several; pako says where each one ends.
import type Pako from "pako";
import { LabError } from "../../error.ts";
import type { Spill } from "./spill.ts";

/** Bytes read at once. */
const SLICE = 1 << 20;
const CHUNK = 1 << 16;

/** The unpacked file. `pause` is awaited between slices. Throws LabError "corpus" for a damaged or truncated file. */
export async function gunzip(
  name: string,
  file: Blob,
  spill: Spill,
  pause: (bytes: number) => Promise<void>,
): Promise<Blob> {
  const { default: pako } = await import("pako");
  let member: InstanceType<typeof pako.Inflate> | null = null;
  let members = 0;
  for (let at = 0; at < file.size; at += SLICE) {
    let rest = new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer());
    await pause(rest.length);
    while (rest.length > 0) {
      // Some writers fill the last block with zeros.
      if (member === null && members > 0 && rest.every((byte) => byte === 0)) break;
      if (member === null) {
        member = begin(pako, spill);
        members++;
      }
      member.push(rest, false);
      if (member.err !== 0) {
        const what =
          members > 1 ? `${name} is damaged behind part ${members - 1}` : `${name} is damaged or not gzip`;
        throw new LabError("corpus", {
          what,
          got: member.msg || "an error in its data",
          expected: "a gzip file",
        });
      }
      if (!member.ended) break;
      rest = rest.subarray(member.strm.next_in);
      member = null;
    }
  }
  if (member !== null || members === 0) {
    throw new LabError("corpus", {
      what: `${name} ends too early`,
      got: `${file.size.toLocaleString("en")} bytes`,
      expected: "a whole gzip file",
      hint: "the download may have been cut off: fetch it again",
    });
  }
  return spill.take();
}

function begin(pako: typeof Pako, spill: Spill): InstanceType<typeof pako.Inflate> {
  const member = new pako.Inflate({ chunkSize: CHUNK });
  member.onData = (chunk) => {
    spill.push(chunk);
  };
  member.onEnd = (status) => {
    member.err = status;
  };
  return member;
}
