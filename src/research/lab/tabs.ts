// One tab owns the lab, others read along: the owner says on a channel what its own page hears, and whoever joins gets
// the whole of it first. What belongs to the tab itself (its phase, its notices) stays with it.
import type { HotEvent, LabState } from "../contract/lab-state.ts";

type FromTab =
  | { readonly type: "join" }
  | { readonly type: "snapshot" | "patch"; readonly patch: Partial<LabState> }
  | { readonly type: "hot"; readonly events: readonly HotEvent[] };

/** A BroadcastChannel, as far as it is needed. */
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
  /** The run under way as the canvas has it, for those who join in the middle. */
  #run: HotEvent[] = [];

  constructor(channel: TabChannel) {
    this.#channel = channel;
  }

  /** From now on this tab tells the others; `state` is what it would show now. */
  own(state: () => LabState): void {
    this.#owns = true;
    this.#channel.onmessage = ({ data }: MessageEvent<FromTab>) => {
      if (data.type !== "join") return;
      this.#say({ type: "snapshot", patch: shared(state()) });
      this.#say({ type: "hot", events: this.#run });
    };
    this.#say({ type: "snapshot", patch: shared(state()) }); // readers of the owner before this one
  }

  /** From now on this tab hears what the owner says. */
  follow(listener: TabListener): void {
    this.#channel.onmessage = ({ data }: MessageEvent<FromTab>) => {
      if (data.type === "hot") for (const event of data.events) listener.hot(event);
      else if (data.type !== "join") listener.patch(data.patch);
    };
    this.#say({ type: "join" });
  }

  /** The owner's page was told this. */
  patch(patch: Partial<LabState>): void {
    if (!this.#owns) return;
    const told = shared(patch);
    if (Object.keys(told).length > 0) this.#say({ type: "patch", patch: told });
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
