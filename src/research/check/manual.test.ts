import { beforeAll, describe, expect, it } from "vitest";
import { typings } from "../../../scripts/vite-typings.ts";
import { buildPrompt } from "../../researchers/model/prompt/prompt.ts";
import { briefOf } from "../../researchers/model/testing/a-study.ts";
import { manualOf } from "./manual.ts";
import { typeCheck } from "./type-check.ts";

let manual = "";
let check: ReturnType<typeof typeCheck>;
beforeAll(() => {
  const files = typings(process.cwd());
  manual = manualOf(files);
  check = typeCheck(files);
}, 60_000);

const HEAD = 'import * as nn from "nn";\nimport * as prepare from "prepare";\ndeclare const x: nn.Tensor;\n';
/** The names a part of the manual declares. */
const names = (part: string, kinds: string) =>
  [...part.matchAll(new RegExp(String.raw`^export (?:declare )?(?:abstract )?(?:${kinds}) (\w+)`, "gm"))].map(
    ([, name = ""]) => name,
  );

describe("the manual", () => {
  it("has only names that train.ts can write: each of them compiles", () => {
    const [nn = "", prepare = ""] = manual.split('// from "prepare"');
    const lines = [
      ["nn", nn],
      ["prepare", prepare],
    ].flatMap(([module = "", part = ""]) => [
      ...names(part, "function|class|const|let").map((name) => `void ${module}.${name};`),
      ...names(part, "interface|type").map((name, i) => `type ${module}${i} = ${module}.${name};`),
    ]);
    expect(lines.length).toBeGreaterThan(50);
    const [, tensor = ""] = /class Tensor \{([\s\S]*?)\n\}/.exec(nn) ?? [];
    const members = [...tensor.matchAll(/^ {4}(?:get )?(\w+)[(:]/gm)].map(
      ([, name = ""]) => `void x.${name};`,
    );
    expect(members.length).toBeGreaterThan(40);
    for (const line of [...lines, ...members]) expect([line, check(HEAD + line)]).toEqual([line, []]);
    // Whatever the door has, the manual has.
    for (const name of ["matmul", "rope", "Muon", "kernel", "causalConv"])
      expect(names(nn, "function|class")).toContain(name);
    expect(names(prepare, "function|const|class")).toContain("training");
  });

  it("names nothing of the inside, and keeps the documentation", () => {
    expect(manual).not.toMatch(/@internal|#private|rowsOf|padOp|checkShape|persistentTensors|import\(/);
    expect(manual).toContain("the identity near 0, never beyond");
  });

  it("stands in a prompt beside no other name of nn", () => {
    const { system, user } = buildPrompt(briefOf({ manual }), { budget: 100_000, tools: false });
    const written = [...new Set(`${system}\n${user}`.match(/\bnn\.[A-Za-z]\w*/g) ?? [])];
    expect(written.length).toBeGreaterThan(5);
    for (const name of written)
      expect([
        name,
        check(`${HEAD}type _ = typeof ${name};`).length * check(`${HEAD}type _ = ${name};`).length,
      ]).toEqual([name, 0]);
  });
});
