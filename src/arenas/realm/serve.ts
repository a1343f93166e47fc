// Inside a candidate's realm: evaluates its text anew for each task, counts its ticks, and answers with data. It saves
// the built-in functions that it needs, because sealing the realm leaves only frozen intrinsics.
import { uniform } from "../../random.ts";
import type { RealmRequest } from "./protocol.ts";

/** The functions that the lab's marks in a candidate's text call; see `compile`. */
interface Marks {
  readonly globals: object;
  at(line: number): void;
}
type Loaded = (lab: Marks) => Promise<Readonly<Record<string, unknown>>>;

const { parse, stringify } = JSON;
const MAX = 8_000_000; // characters of an answer, the limit of the lab

/** Thrown into a task that has used up its ticks or is over. */
class Spent extends Error {}

/**
 * One evaluation of the candidate. After its end any code of it that is still pending throws as soon as it continues.
 */
class Evaluation {
  line = 0;
  ticks = 0;
  thrown: { readonly value: unknown; readonly line: number } | null = null;
  spent = false;
  readonly #most: number;
  #ended = false;
  readonly lab: Marks;

  constructor(most: number) {
    this.#most = most;
    const tick = (line: number): void => {
      if (this.#ended) throw new Spent();
      this.line = line;
      if (++this.ticks > this.#most) {
        this.spent = true;
        throw new Spent();
      }
    };
    const passed = (line: number, value: unknown) => {
      tick(line);
      return value;
    };
    const lab = {
      globals: Object.freeze({}),
      module: () => undefined,
      at: tick,
      waits: tick,
      woke: passed,
      threw: (line: number, value: unknown) => {
        this.thrown = { value, line };
        return passed(line, value);
      },
      caught: () => tick(this.line),
      made: (_line: number, value: unknown) => value,
    };
    this.lab = Object.freeze(lab);
  }

  get left(): number {
    return this.#most - this.ticks;
  }

  end(): void {
    this.#ended = true;
  }
}

/** Functions of the host that the language lacks. */
export interface Surroundings {
  /** Turns the text of an expression into its value. */
  load(code: string): Promise<unknown>;
  /** Resolves when no code can continue by itself any more: code that still waits then waits for ever. */
  idle(): Promise<void>;
}

/** Answers a request; both are JSON texts. */
export async function serve(request: string, around: Surroundings): Promise<string> {
  const { code, entries, tasks, ticks, seeds } = parse(request) as RealmRequest;
  const outputs: string[] = [];
  const used: number[] = [];
  let length = 0;
  for (let i = 0; i < tasks.length; i++) {
    const evaluation = new Evaluation(ticks);
    try {
      const module = await loaded(evaluation, code, around);
      const output = solved(evaluation, module, entries, tasks[i], seeds[i]);
      // An answer may hold objects that run code when they are read: that uses the candidate's ticks too.
      const text = stringify(output) as string | undefined;
      if (text === undefined)
        throw new Error(`${entries.at(-1)} returned ${typeof output}, which is no data`);
      if ((length += text.length) > MAX) throw new Error("the answers are larger than 8 MB");
      outputs.push(text);
      used.push(evaluation.ticks);
    } catch (error) {
      const message = evaluation.spent
        ? `used more than ${grouped(ticks)} ticks (an endless loop?)`
        : describe(error);
      const { thrown, line } = evaluation;
      const where = thrown !== null && Object.is(thrown.value, error) ? thrown.line : line;
      return stringify({ type: "failed", message, line: where, task: i, ticks: evaluation.ticks });
    } finally {
      evaluation.end();
    }
  }
  return `{"type":"done","ticks":[${used.join(",")}],"outputs":[${outputs.join(",")}]}`;
}

/** Loads the candidate and returns its exports. */
async function loaded(evaluation: Evaluation, code: string, { load, idle }: Surroundings) {
  const module = ((await load(code)) as Loaded)(evaluation.lab);
  const never = idle().then(() => {
    throw new Error("waits for something that never comes");
  });
  return Promise.race([module, never]);
}

/** Calls the candidate's functions. Not asynchronous: a promise is no data, and is not awaited. */
function solved(
  evaluation: Evaluation,
  module: Readonly<Record<string, unknown>>,
  [entry, second]: readonly string[],
  { given, then, stream }: RealmRequest["tasks"][number],
  seed: number,
): unknown {
  const named = (name: string) => {
    const found = module[name];
    if (typeof found !== "function") throw new Error(`there is no exported function ${name}`);
    return found as (...given: unknown[]) => unknown;
  };
  const [random, left] = [uniform("candidate", seed), () => evaluation.left];
  const next = second === undefined ? null : named(second);
  const result = named(entry)(given, random, left);
  const output = next === null ? result : next(result, then, random, left);
  if (stream === undefined) return output;
  if (typeof output !== "function")
    throw new Error(`${entry} returned ${typeof output}, expected a function that takes one item at a time`);
  const answers: unknown[] = [];
  for (let i = 0; i < stream.length; i++) answers[i] = output(stream[i]);
  return answers;
}

/** Formats as 20,000,000 in every locale. */
function grouped(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** One line about a thrown value; reading the value may run code of the candidate, which may throw. */
function describe(error: unknown): string {
  try {
    if (typeof error === "object" && error !== null) {
      const { name, message } = error as { name?: unknown; message?: unknown };
      const kind = typeof name === "string" && name !== "Error" ? `${name}: ` : "";
      if (typeof message === "string") return `${kind}${message}`.slice(0, 400);
    }
    return `threw ${typeof error === "string" ? error.slice(0, 200) : typeof error}`;
  } catch {
    return "threw something that cannot be read";
  }
}
