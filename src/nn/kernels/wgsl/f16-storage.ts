// Rewrites a finished kernel so that selected bindings hold f16: loads convert to f32, stores round, all arithmetic
// stays f32. So the kernel families contain no f16 code, and the f32 kernels do not change.
import { assert, LabError } from "../../../error.ts";
import { Memo } from "../../../memo.ts";
import type { Kernel } from "../kernel.ts";

/** A binding holds f16 values times 2^exponent. The exponents differ if a store replaces a value of another scale. */
export interface Half {
  readonly load: number;
  readonly store: number;
}

interface Binding {
  readonly name: string;
  /** The type that the kernel computes with. */
  readonly wide: "f32" | "vec4f";
}

const DECLARATION =
  /@group\(0\) @binding\((\d+)\) var<storage, *(?:read|read_write)> (\w+): array<([\w<>]+)>;/g;
const known = new Memo<ReadonlyMap<number, Binding>>(2000);
const made = new Memo<string>(2000);

/** Whether `halve` can rewrite binding `index` of the kernel. */
export function canHalve(kernel: Kernel, index: number): boolean {
  return bindingsOf(kernel).has(index);
}

/** The kernel with these bindings in f16. `canHalve` must hold for each. Needs the feature shader-f16. */
export function halve(kernel: Kernel, halves: ReadonlyMap<number, Half>): Kernel {
  if (halves.size === 0) return kernel;
  const key = `${[...halves].map(([i, { load, store }]) => `${i} ${load} ${store}`).join()}\n${kernel.wgsl}`;
  const wgsl = made.get(key, () => rewrite(kernel, halves));
  return { ...kernel, label: `${kernel.label} f16`, wgsl };
}

/** The float bindings that the text accesses element by element, never through a pointer. */
function bindingsOf({ file, wgsl }: Kernel): ReadonlyMap<number, Binding> {
  // The text of a researcher is never rewritten.
  if (file.startsWith("nn.kernel")) return new Map();
  return known.get(wgsl, () => readBindings(wgsl));
}

function readBindings(wgsl: string): ReadonlyMap<number, Binding> {
  const item = /^alias Item = (f32|vec4f);/m.exec(wgsl)?.[1];
  const found = new Map<number, Binding>();
  for (const [, index, name, type] of wgsl.matchAll(DECLARATION)) {
    const wide = type === "Item" ? item : type === "vec4<f32>" ? "vec4f" : type;
    if (wide !== "f32" && wide !== "vec4f") continue;
    const pointer = new RegExp(`(?<!arrayLength\\()&${name}\\b`).test(wgsl);
    const shadowed = new RegExp(`\\b(?:var|let|const) ${name}\\b`).test(wgsl);
    if (!pointer && !shadowed) found.set(Number(index), { name, wide });
  }
  return found;
}

function rewrite(kernel: Kernel, halves: ReadonlyMap<number, Half>): string {
  const bindings = bindingsOf(kernel);
  const arrays = new Map<string, Access>();
  for (const [index, half] of halves) {
    const binding = bindings.get(index);
    assert(binding, `${kernel.label}: binding ${index} cannot hold f16`);
    arrays.set(binding.name, { ...half, wide: binding.wide });
  }
  const declared = kernel.wgsl.replace(DECLARATION, (text, _, name: string, type: string) => {
    const access = arrays.get(name);
    return access ? text.replace(`array<${type}>`, `array<${NARROW[access.wide]}>`) : text;
  });
  const code = new Accesses(arrays).rewrite(declared);
  const wides = new Set([...arrays.values()].map(({ wide }) => wide));
  // All in the first line, because the last line maps lines to those of the file. `enable` must come first.
  const enables = /^(?:enable \w+;\s*?)*/.exec(code)?.[0] ?? "";
  const functions = [...wides].map((wide) => STORE[wide]).join(" ");
  return `enable f16; ${enables}${functions} ${code.slice(enables.length)}`;
}

interface Access extends Half {
  readonly wide: "f32" | "vec4f";
}

const NARROW = { f32: "f16", vec4f: "vec4h" };

// WGSL does not define a conversion past the largest finite f16. Such a value becomes the largest, which spoils one
// number; an infinity would spoil every weight. NaN stays NaN; the bits are tested because compilers assume that NaN
// does not occur.
const STORE = {
  f32: "fn to_f16(x: f32) -> f16 { return f16(select(clamp(x, -65504.0f, 65504.0f), x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u)); }",
  vec4f:
    "fn to_vec4h(x: vec4f) -> vec4h { return vec4h(select(clamp(x, vec4f(-65504.0f), vec4f(65504.0f)), x, (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u))); }",
};

/** Rewrites the loads `X[i]` and the stores `X[i] = value;` and `X[i] += value;` of the given arrays. */
class Accesses {
  readonly #arrays: ReadonlyMap<string, Access>;
  readonly #pattern: RegExp;

  constructor(arrays: ReadonlyMap<string, Access>) {
    this.#arrays = arrays;
    this.#pattern = new RegExp(`\\b(${[...arrays.keys()].join("|")})\\[`, "g");
  }

  rewrite(text: string): string {
    let result = "";
    let done = 0;
    const pattern = new RegExp(this.#pattern);
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const name = match[1];
      const access = this.#arrays.get(name);
      assert(access, `${name} is an array of halves`);
      const close = closing(text, match.index + match[0].length);
      const place = `${name}[${this.rewrite(text.slice(match.index + match[0].length, close))}]`;
      const load = scaled(`${access.wide}(${place})`, -access.load);
      const store = /^\s*([-+*/]?)=(?!=)/.exec(text.slice(close + 1));
      result += text.slice(done, match.index);
      done = close + 1;
      if (store) {
        const start = done + store[0].length;
        const end = text.indexOf(";", start);
        const value = this.rewrite(text.slice(start, end)).trim();
        const operator = store[1];
        const whole = operator === "" ? value : `${load} ${operator} (${value})`;
        result += `${place} = to_${NARROW[access.wide]}(${scaled(whole, access.store)})`;
        done = end;
      } else result += load;
      pattern.lastIndex = done;
    }
    return result + text.slice(done);
  }
}

/** WGSL of an expression times 2^exponent, exact. */
function scaled(expression: string, exponent: number): string {
  return exponent === 0 ? expression : `((${expression}) * ${2 ** exponent}f)`;
}

/** Index of the bracket that closes the one open at `start`. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "[") depth++;
    if (text[i] === "]" && --depth === 0) return i;
  }
  throw new LabError("internal", "a bracket of a kernel never closes");
}
