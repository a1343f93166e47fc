import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { typings } from "../../../scripts/vite-typings.ts";
import { buildPrompt } from "../../researchers/model/prompt/prompt.ts";
import { Capabilities, roomOf } from "../../researchers/model/keys/capabilities.ts";
import { BASELINE, briefOf, entry } from "../../researchers/model/testing/a-study.ts";
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
    // The manual has the exports of the api files.
    for (const name of ["matmul", "rope", "Muon", "kernel", "causalConv"])
      expect(names(nn, "function|class")).toContain(name);
    expect(names(prepare, "function|const|class")).toContain("training");
  });

  it("names no internals, and keeps the documentation", () => {
    expect(manual).not.toMatch(/@internal|#private|rowsOf|padOp|checkShape|persistentTensors|import\(/);
    expect(manual).toContain("the identity near 0, never beyond");
  });

  it.each([
    [8_192, 200],
    [8_192, 1],
    [4_096, 200],
  ])(
    "a context of %s holds the prompt of experiment #%s, with the manual, the program and train.ts",
    (context, number) => {
      const config = { provider: "compatible", model: "m", address: "http://localhost:1/v1" } as const;
      const capabilities = new Capabilities();
      capabilities.learn(config, "context", context, "told");
      const can = capabilities.of(config);
      const history = [
        BASELINE,
        ...Array.from({ length: number - 1 }, (_, i) =>
          entry(i + 1, { reason: "no gain", hypothesis: "words ".repeat(30), lesson: "words ".repeat(30) }),
        ),
      ];
      const program = readFileSync("program.md", "utf8");
      const learnings = "A pattern of many words that was seen again and again\n".repeat(100);
      const prompt = buildPrompt(briefOf({ number, history, manual, program }), {
        budget: roomOf(can),
        tools: false,
        facts: { learnings },
      });
      expect(prompt.fits).toBe(true);
      expect(prompt.tokens + can.answerTokens).toBeLessThanOrEqual(context);
      expect(prompt.user).toContain("const DEPTH = 4;");
      expect(prompt.user).toContain("To beat: 2.0000 bpb (#0)");
      if (context > 8_000) expect(prompt.user).toMatch(/^- #/m);
    },
  );

  it("is in a prompt that uses no other name of nn", () => {
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
