// What the page and the lab's worker say to each other. Both are ours and of one build, so this is types alone; what
// is not to be trusted is validated where it comes in (runner/protocol.ts).
import type { LabErrorCode } from "../../error.ts";
import type { Command, HotEvent, LabEvent, LabState, Settings } from "./lab-state.ts";

export type ToLab =
  | {
      readonly type: "open";
      /** What the page's address asks for, and what of it is not valid. */
      readonly settings: Partial<Settings>;
      readonly ignored: readonly string[];
      /** Folder of the embedded text. */
      readonly corpusUrl: string;
      /** The end of the channel on which the page opens sandboxes. */
      readonly frames: MessagePort;
      /** The browser's own language model, which only a window has. */
      readonly promptApi: MessagePort;
    }
  | { readonly type: "command"; readonly id: number; readonly command: Command };

export type FromLab =
  | { readonly type: "patch"; readonly patch: Partial<LabState> }
  | { readonly type: "hot"; readonly event: HotEvent }
  | { readonly type: "event"; readonly event: LabEvent }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "refusal"; readonly id: number; readonly code: LabErrorCode; readonly message: string };
