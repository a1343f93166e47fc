// The engine behind the commands of its clients, one client after the other: in the page's worker there is only one; over
// a socket a client may leave and another come. All share one device with its compiled kernels, and nothing else.
import { parseEngineCommand, type EngineMessage } from "../contract/protocol.ts";
import { EngineService, type ComputeEngine } from "./engine-service.ts";

/** A long compilation sends no other message: the lab must see that the engine still works [ms]. */
const ALIVE = 5000;

/** One client's end. */
export interface ConnectedClient {
  /** Takes a message of the client. Throws LabError "protocol" for one that is no command. */
  hear(message: unknown): void;
  /** Ends the session of the client and ignores what it asked for. */
  leave(): void;
}

export class EngineHost {
  readonly #open: () => Promise<ComputeEngine>;
  #engine: Promise<ComputeEngine> | null = null;
  /** Commands are answered one after the other, whoever sent them. */
  #turn: Promise<void> = Promise.resolve();

  constructor(open: () => Promise<ComputeEngine>) {
    this.#open = open;
  }

  /** The device, opened once; after a loss the next call opens another. */
  async engine(): Promise<ComputeEngine> {
    const opening = (this.#engine ??= this.#open());
    const forget = () => {
      if (this.#engine === opening) this.#engine = null;
    };
    try {
      const engine = await opening;
      void engine.lost.then(forget);
      return engine;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** Serves a client; `say` gets the messages for it. The client before must have left. */
  connect(say: (message: EngineMessage) => void): ConnectedClient {
    let here = true;
    const answer = (message: EngineMessage) => {
      if (here) say(message);
    };
    const service = new EngineService(
      () => this.engine(),
      answer,
      () => performance.now(),
    );
    const alive = setInterval(() => {
      answer({ type: "alive" });
    }, ALIVE);
    return {
      hear: (message) => {
        const command = parseEngineCommand(message);
        if (command.type === "close") service.leave();
        this.#turn = this.#turn.then(() => (here ? service.answer(command) : undefined));
      },
      leave: () => {
        here = false;
        clearInterval(alive);
        service.leave();
        this.#turn = this.#turn.then(() => service.answer({ type: "close", id: 0 }));
      },
    };
  }
}
