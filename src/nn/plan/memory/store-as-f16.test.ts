// Values that a mixed-precision plan stores in f16, and values that stay f32. Needs no adapter.
import { beforeEach, describe, expect, it } from "vitest";
import { assert } from "../../../error.ts";
import * as nn from "../../api.ts";
import type { Tensor } from "../../api.ts";
import type { Capabilities } from "../../kernels/kernel.ts";
import { Session } from "../../engine/session.ts";
import { TinyGpt } from "../../testing/model.ts";
import { livesOf, share } from "./memory.ts";
import { draft } from "../emit/planner.ts";
import type { Draft } from "./draft.ts";
import { rowLimits } from "../analyse/row-chunks.ts";
import { MIN_CAPABILITIES, Planning } from "../testing/planned.ts";

const caps: Capabilities = {
  ...MIN_CAPABILITIES,
  subgroup: 8,
  f16: true,
  maxInvocations: 1024,
  maxWorkgroupStorage: 32768,
  maxStorageBuffers: 16,
};

let device = caps;
/** Maximum size of logits that are computed at once, in bytes. */
let whole: number | undefined;
let drawn: Draft | null = null;
const session = new Session(
  new Planning((work) => {
    drawn = draft(work, device, rowLimits(device, whole));
  }),
);
beforeEach(() => {
  session.reset();
  session.activate();
});

function plan(given: Partial<Capabilities> = {}, logits?: number): Draft {
  [device, whole, drawn] = [{ ...caps, ...given }, logits, null];
  session.flush();
  assert(drawn, "the step was planned");
  return drawn;
}

function step(optimizer: "adamW" | "muon", mode: nn.Precision, rows = 4): Tensor {
  nn.precision(mode);
  const model = new TinyGpt({ vocab: 128, width: 64, layers: 2, heads: 4, gains: true, tied: true });
  const [x, y] = [session.input([rows, 16], "u32"), session.input([rows, 16], "u32")];
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  const params = nn.parameters(model);
  nn.clipGradNorm(params, 1);
  if (optimizer === "adamW") new nn.AdamW(params, { lr: 0.01 }).step();
  else
    new nn.Muon(
      params.filter(({ shape }) => shape.length === 2),
      { lr: 0.01 },
    ).step();
  void session.readLater(loss);
  return loss;
}

/** Element types of a dispatch's bindings, in order. */
function types(wgsl: string): string[] {
  return [...wgsl.matchAll(/@binding\(\d+\) var<storage, read(?:_write)?> \w+: array<([\w<>]+)>;/g)].map(
    ([, type = ""]) => type,
  );
}
const isHalf = (type: string | undefined) => type === "f16" || type === "vec4h";
const bytes = ({ dispatches, outputs }: Draft) =>
  share(livesOf(dispatches, outputs)).sizes.reduce((a, b) => a + b, 0);

describe("a mixed plan", () => {
  it.each(["adamW", "muon"] as const)(
    "keeps weights, their gradients and statistics in f32: %s",
    (optimizer) => {
      step(optimizer, "mixed");
      const { dispatches } = plan();
      let halves = 0;
      for (const { kernel, operands } of dispatches) {
        const bound = types(kernel.wgsl);
        expect(bound).toHaveLength(operands.length);
        operands.forEach(({ buffer }, i) => {
          if (isHalf(bound[i])) halves++;
          if (buffer.kind !== "temporary") expect(isHalf(bound[i]), kernel.label).toBe(false);
        });
        const name = kernel.label.split(" ")[0];
        if (["adamw", "sum", "embedding_grad"].includes(name ?? "")) expect(bound.some(isHalf)).toBe(false);
        if (kernel.label.startsWith("cross-entropy with gradient"))
          expect(bound.slice(0, 4)).toEqual(["f16", "u32", "f32", "f32"]);
        // The last one is the log-sum-exp of attention.
        if (/^attention \d/.test(kernel.label))
          expect(bound.map(isHalf)).toEqual([true, true, true, true, false]);
      }
      expect(halves).toBeGreaterThan(40);
    },
  );

  it("stores each buffer with the exponent that its readers expect", () => {
    step("adamW", "mixed");
    const written = new Map<string, string>();
    const scale = (text: string, array: string, load: boolean) => {
      const pattern = load
        ? new RegExp(`\\(\\((?:f32|vec4f)\\(${array}\\[`)
        : new RegExp(`${array}\\[[^;=]*\\] = to_\\w+\\(\\(.*\\* 4096f\\)`);
      return pattern.test(text) ? "scaled" : "plain";
    };
    for (const { kernel, operands } of plan().dispatches) {
      const names = [...kernel.wgsl.matchAll(/@binding\(\d+\) var<storage, [\w]+> (\w+):/g)].map(
        (m) => m[1] ?? "",
      );
      const bound = types(kernel.wgsl);
      operands.forEach(({ buffer, offset }, i) => {
        const key = `${buffer.id} ${offset}`;
        const before = written.get(key);
        if (!isHalf(bound[i]) || kernel.bindings[i] === "write" || before === undefined) return;
        expect(scale(kernel.wgsl, names[i] ?? "", true), `${kernel.label} ${i}`).toBe(before);
      });
      operands.forEach(({ buffer, offset }, i) => {
        if (isHalf(bound[i]) && kernel.bindings[i] !== "read")
          written.set(`${buffer.id} ${offset}`, scale(kernel.wgsl, names[i] ?? "", false));
      });
    }
    expect(new Set(written.values())).toEqual(new Set(["scaled", "plain"]));
  });

  it("needs less memory, and as many dispatches in the same order", () => {
    step("adamW", "f32");
    const f32 = plan();
    session.reset();
    step("adamW", "mixed");
    const mixed = plan();
    expect(mixed.dispatches.map(({ kernel }) => kernel.label.replace(/ f16$/, ""))).toEqual(
      f32.dispatches.map(({ kernel }) => kernel.label),
    );
    expect(bytes(mixed) / bytes(f32)).toBeLessThan(0.65);
  });

  it("is the f32 plan to the byte where the adapter has no f16", () => {
    step("adamW", "mixed");
    const without = plan({ f16: false });
    session.reset();
    step("adamW", "f32");
    const f32 = plan();
    expect(without.dispatches.map(({ kernel }) => kernel.wgsl)).toEqual(
      f32.dispatches.map(({ kernel }) => kernel.wgsl),
    );
    expect(bytes(without)).toBe(bytes(f32));
  });

  it("keeps values that train.ts reads, values that depend on no data, and both parts of a parameter's gradient in f32", () => {
    nn.precision("mixed");
    const w = nn.parameter([32, 32], nn.normal(1));
    const x = session.input([64, 32], "f32");
    const shown = x.matmul(w);
    const hidden = shown.relu().matmul(w.matmul(w)).gelu();
    const loss = hidden.matmul(w).square().mean();
    loss.backward();
    void session.readLater(shown);
    new nn.SGD([w], { lr: 1 }).step();
    const { dispatches, outputs } = plan();
    const wanted = new Set(outputs.map(({ buffer }) => buffer.id));
    let halves = 0;
    for (const { kernel, operands } of dispatches)
      operands.forEach(({ buffer, count }, i) => {
        if (!isHalf(types(kernel.wgsl)[i])) return;
        halves++;
        expect(wanted.has(buffer.id), kernel.label).toBe(false);
        // Activations and their gradients have 64 rows of 32 f16 values; dw² is an input of one of the two products.
        if (!/^matmul (nt|tn)/.test(kernel.label)) expect(count, kernel.label).toBe((64 * 32) / 2);
      });
    expect(halves).toBeGreaterThan(4);
    const products = dispatches.filter(({ kernel }) => kernel.label.startsWith("matmul nn 32x32x32"));
    expect(products.map(({ kernel }) => types(kernel.wgsl).some(isHalf))).toEqual([false]);
  });
});

describe("a mixed plan of logits in chunks", () => {
  it("keeps the rows before and after them in f16", () => {
    step("adamW", "mixed", 16);
    const { dispatches } = plan({}, 32 * 1024);
    const heads = dispatches.filter(({ kernel }) => /^matmul nt \d+x128x64/.test(kernel.label));
    expect(heads.length).toBeGreaterThan(1);
    for (const { kernel } of heads) expect(types(kernel.wgsl).map(isHalf)).toEqual([true, false, false]);
  });
});

describe("nn.precision", () => {
  it("lists the precisions that it accepts", () => {
    expect(() => nn.precision("f16" as nn.Precision)).toThrow(
      'nn.precision, got "f16", expected "f32" or "mixed"',
    );
  });
  it("ends with the run", () => {
    nn.precision("mixed");
    session.reset();
    expect(session.recorder.precision).toBe("f32");
  });
});
