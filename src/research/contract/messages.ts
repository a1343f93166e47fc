// The messages between the page and the lab's worker. Both come from one build, so types are enough; messages that are
// not to be trusted are validated where they arrive (runner/contract/protocol.ts).
import type { LabErrorCode } from "../../error.ts";
import type { RemoteEngine } from "../../runner/index.ts";
import type { Command, ExperimentView, HotEvent, LabEvent, LabState, Settings } from "./lab-state.ts";

export type ToLab =
  | {
      readonly type: "open";
      /** Settings from the page's address, and one line for each that is not valid. */
      readonly settings: Partial<Settings>;
      readonly ignored: readonly string[];
      /** Null: this browser computes. */
      readonly engine: RemoteEngine | null;
      /** Folder of the embedded text. */
      readonly corpusUrl: string;
      /** The end of the channel on which the page opens sandboxes. */
      readonly frames: MessagePort;
      /** The browser's own language model, which only a window has. */
      readonly promptApi: MessagePort;
    }
  | { readonly type: "command"; readonly id: number; readonly command: Command };

/**
 * The list of experiments without those the page has: `added` follow the first `kept` of them. A verdict adds one; the
 * whole list of a long study would keep the page's main thread busy for a while.
 */
interface Grown {
  readonly kept: number;
  readonly added: readonly ExperimentView[];
}

export type FromLab =
  | { readonly type: "patch"; readonly patch: Partial<LabState>; readonly grown?: Grown }
  | { readonly type: "hot"; readonly event: HotEvent }
  | { readonly type: "event"; readonly event: LabEvent }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "refusal"; readonly id: number; readonly code: LabErrorCode; readonly message: string };
