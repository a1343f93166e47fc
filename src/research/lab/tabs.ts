// One tab owns the lab, others only read: the owner repeats on a channel every message to its own page, and a tab that
// joins first gets the whole state. Parts that concern one tab alone (its phase, its notices) are not sent.
import type { HotEvent, LabState } from "../contract/lab-state.ts";

type FromTab =
  | { readonly type: "join" }
  | { readonly type: "snapshot" | "patch"; readonly patch: Partial<LabState> }
  | { readonly type: "hot"; readonly events: readonly HotEvent[] };

/** The part of BroadcastChannel in use. */
export interface TabChannel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

interface TabListener {
  patch(patch: Partial<LabState>): void;
  hot(event: HotEvent): void;
}

const OWN = ["phase", "error", "notices", "persisted", "damage", "storage", "copies"] as const;

export class Tabs {
  readonly #channel: TabChannel;
  #owns = false;
  /** Events of the current run for the canvas, for tabs that join in the middle of it. */
  #run: HotEvent[] = [];

  constructor(channel: TabChannel) {
    this.#channel = channel;
  }

  /** From now on this tab sends its state to the others; `state` returns the current one. */
  own(state: () => LabState): void {
    this.#owns = true;
    this.#channel.onmessage = ({ data }: MessageEvent<FromTab>) => {
      if (data.type !== "join") return;
      this.#say({ type: "snapshot", patch: shared(state()) });
      this.#say({ type: "hot", events: this.#run });
    };
    this.#say({ type: "snapshot", patch: shared(state()) }); // readers of the owner before this one
  }

  /** From now on this tab receives the owner's messages. */
  follow(listener: TabListener): void {
    this.#channel.onmessage = ({ data }: MessageEvent<FromTab>) => {
      if (data.type === "hot") for (const event of data.events) listener.hot(event);
      else if (data.type !== "join") listener.patch(data.patch);
    };
    this.#say({ type: "join" });
  }

  /** Repeats to the other tabs a change sent to the owner's page. */
  patch(patch: Partial<LabState>): void {
    if (!this.#owns) return;
    const change = shared(patch);
    if (Object.keys(change).length > 0) this.#say({ type: "patch", patch: change });
  }

  hot(event: HotEvent): void {
    if (event.type === "run") this.#run = [];
    this.#run.push(event);
    if (this.#owns) this.#say({ type: "hot", events: [event] });
  }

  #say(message: FromTab): void {
    this.#channel.postMessage(message);
  }
}

function shared(state: Partial<LabState>): Partial<LabState> {
  return Object.fromEntries(
    Object.entries(state).filter(([key]) => !(OWN as readonly string[]).includes(key)),
  );
}
