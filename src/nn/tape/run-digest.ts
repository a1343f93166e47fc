// What a train.ts computes, as a digest of its recorded steps: every value is the digest of the expression it comes from,
// down to initial values and batches. Names, lines and the order of independent operations leave no trace in it.

import { array, fail, integer, object, parse } from "../forward/check-json.ts";
import { checkShape } from "../values/shape.ts";
import type { Shape } from "../values/shape.ts";
import { Digest, hex, type Lanes } from "../values/digest.ts";
import { loadStep, refuse, type CheckedStep } from "./load-step.ts";
import { MAX_BATCHES, MAX_PERSISTENTS, type StateChange, type StepRequest } from "./step-format.ts";

interface Plan {
  readonly step: CheckedStep;
  /** Digest of what does not change in a node: operation, attributes, precision, whether it is part of a gradient. */
  readonly fixed: readonly Lanes[];
  readonly slots: Lanes[];
}

interface Batch {
  readonly shape: Shape;
  /** Rows drawn before it: with the seed they decide its tokens. */
  from: number;
}

const NOTHING: Lanes = [0, 0];

export class RunDigest {
  /** Digest of the steps so far, after each of them: two words a step. */
  readonly trail: number[] = [];
  /** Whether train.ts asked for values: what it did with them is unknown. */
  reads = false;
  readonly #seqLen: number;
  readonly #tensors: { readonly shape: Shape }[] = [];
  /** The value of each persistent tensor. */
  readonly #values: Lanes[] = [];
  readonly #batches: Batch[] = [];
  #plans: Plan[] = [];
  #rows = 0;
  #chain: Lanes = NOTHING;

  /** `seqLen`: tokens of a row of text. */
  constructor(seqLen: number) {
    this.#seqLen = seqLen;
  }

  /** Adds the next request of a session. Throws LabError "graph", "shape" and the like for one that does not fit. */
  add(request: StepRequest): CheckedStep {
    for (const change of request.changes) this.#change(change);
    for (const { batch, rows } of request.draws) this.#draw(batch, rows);
    const plan = this.#plan(request);
    const { step, slots } = plan;
    if (request.numbers.length !== step.numbers)
      refuse("numbers", request.numbers.length, String(step.numbers));
    if (request.data.length !== slots.length) refuse("data", request.data.length, String(slots.length));
    request.data.forEach((content, i) => {
      if (content !== null) slots[i] = new Digest().text("data").array(content).end();
    });
    if (step.stores) this.#step(plan, request);
    else if (step.wanted.length > 0) this.reads = true;
    return step;
  }

  /** Digest of the run: its steps, and its forward passes as JSON with the session's numbers of their parameters. */
  end(passes: readonly string[], parameters: ArrayLike<number>): string {
    const whole = new Digest().lanes(this.#chain);
    for (const pass of passes) whole.lanes(this.#forward(pass, parameters));
    return hex(whole.end());
  }

  #change(change: StateChange): void {
    if (change.type === "grouped") return; // where tensors lie in memory changes no value
    const { shape, trainable, initial } = change;
    checkShape("parameter", shape);
    if (this.#tensors.length >= MAX_PERSISTENTS)
      refuse("persistent tensors", this.#tensors.length + 1, `at most ${MAX_PERSISTENTS}`);
    const made = new Digest().text(trainable ? "parameter" : "state").text(shape.join());
    this.#tensors.push({ shape });
    this.#values.push((initial === null ? made : made.array(initial)).end());
  }

  #draw(number: number, rows: number): void {
    if (number > this.#batches.length || number >= MAX_BATCHES)
      refuse("number of a new batch", number, String(this.#batches.length));
    const batch = (this.#batches[number] ??= { shape: [rows, this.#seqLen], from: 0 });
    if (batch.shape[0] !== rows) refuse(`rows of batch ${number}`, rows, String(batch.shape[0]));
    batch.from = this.#rows;
    this.#rows += rows;
  }

  #plan({ forget, plan, tape }: StepRequest): Plan {
    if (forget) this.#plans = [];
    if (tape === null) return this.#plans[plan] ?? refuse("plan", plan, "one that this session named");
    if (plan !== this.#plans.length) refuse("number of a new plan", plan, String(this.#plans.length));
    const step = loadStep(tape, this.#tensors, {}, this.#batches);
    const fixed = step.nodes.map((node, i): Lanes => {
      if (node.kind !== "operation") return NOTHING;
      const inGradient = step.backwards.filter((end) => end <= i).length % 2;
      return new Digest()
        .text(node.op.name)
        .text(JSON.stringify(node.attrs))
        .text(step.precision)
        .word(2 * inGradient + Number(node.grad))
        .end();
    });
    const made = { step, fixed, slots: step.slots.map(() => NOTHING) };
    this.#plans.push(made);
    return made;
  }

  #step({ step, fixed, slots }: Plan, { numbers }: StepRequest): void {
    const { nodes, writes } = step;
    const results: Lanes[] = [];
    let [a, b] = [0, 0];
    let [number, written] = [0, 0];
    // A sum has no order.
    const count = ([one, other]: Lanes) => {
      a = (a + one) | 0;
      b = (b + other) | 0;
    };
    const write = (before: number): void => {
      for (; written < writes.length && writes[written].at === before; written++) {
        const { to, values } = writes[written];
        to.forEach((of, k) => {
          const [node, output] = values[k];
          const value = new Digest().lanes(results[node]).word(output).end();
          count(new Digest().text("write").lanes(this.#values[of]).lanes(value).end());
          this.#values[of] = value;
        });
      }
    };
    nodes.forEach((node, i) => {
      write(i);
      if (node.kind === "read") results.push(this.#values[node.of]);
      else if (node.kind === "data") results.push(slots[node.slot]);
      else if (node.kind === "batch") {
        const { from, shape } = this.#batches[node.batch];
        results.push(new Digest().text(node.side).word(from).word(shape[0]).end());
      } else {
        const digest = new Digest().lanes(fixed[i]);
        const inputs = node.inputs.map(([from, output]) =>
          new Digest().lanes(results[from]).word(output).end(),
        );
        // a + b is b + a, to the bit: a gradient adds up in the order in which its parts were recorded.
        if (node.op.isSum && inputs.length === 2) inputs.sort(([a, c], [b, d]) => a - b || c - d);
        for (const input of inputs) digest.lanes(input);
        for (let k = 0; k < node.numbers; k++) digest.number(numbers[number++]);
        const result = digest.end();
        count(result);
        results.push(result);
      }
    });
    write(nodes.length);
    for (const [node, output] of step.wanted)
      count(new Digest().text("wanted").lanes(results[node]).word(output).end());
    this.#chain = new Digest().lanes(this.#chain).lanes([a, b]).word(this.#rows).end();
    this.trail.push(...this.#chain);
  }

  #forward(json: string, parameters: ArrayLike<number>): Lanes {
    const graph = object("graph", parse(json));
    const constants = array("constants", graph.constants, 10_000);
    const results: Lanes[] = [];
    const place = (value: unknown): Lanes => {
      const [node, output] = array("input", value, 2);
      return new Digest()
        .lanes(results[integer("input", node, 0, results.length - 1)])
        .word(Number(output))
        .end();
    };
    for (const given of array("nodes", graph.nodes, 20_000)) {
      const { op, inputs, attrs, numbers } = object("node", given);
      if (op === "parameter") {
        const { index } = object("attributes", attrs);
        const of = parameters[integer("index", index, 0, parameters.length - 1)];
        results.push(this.#values[integer("persistent tensor", of, 0, this.#values.length - 1)]);
        continue;
      }
      const leaf = op === "constant" ? constants[Number(object("attributes", attrs).index)] : attrs;
      const digest = new Digest().text(JSON.stringify([op, leaf, numbers]) ?? fail("node"));
      for (const input of array("inputs", inputs, 4096)) digest.lanes(place(input));
      results.push(digest.end());
    }
    return place(graph.output);
  }
}
