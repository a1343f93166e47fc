import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { typings } from "../../../scripts/vite-typings.ts";
import type { AssistAnswer, AssistQuestion } from "../contract/lab-state.ts";
import { assistant } from "./assist.ts";
import { openEnvironment, typeCheck } from "./type-check.ts";

let ask: (question: AssistQuestion) => AssistAnswer | null;
let check: ReturnType<typeof typeCheck>;
beforeAll(() => {
  const files = typings(process.cwd());
  const environment = openEnvironment(files);
  check = typeCheck(files, environment);
  ask = assistant(environment);
}, 60_000);

const HEAD = 'import * as nn from "nn";\n';
/** A source in which `|` marks the position. */
const at = (kind: "complete" | "hover" | "signature", marked: string): AssistQuestion => ({
  kind,
  source: HEAD + marked.replace("|", ""),
  position: HEAD.length + marked.indexOf("|"),
});

describe("help while train.ts is written", () => {
  it("completes members of nn and of a tensor, from the start of the word", () => {
    const answer = ask(at("complete", "nn.cros|"));
    expect(answer).toMatchObject({ kind: "complete", from: HEAD.length + 3 });
    const labels = answer?.kind === "complete" ? answer.options.map(({ label }) => label) : [];
    expect(labels).toContain("crossEntropy");
    const methods = ask(at("complete", "const t = nn.tensor([1], [1]);\nt.mat|"));
    expect(methods?.kind === "complete" ? methods.options : []).toContainEqual({
      label: "matmul",
      kind: "method",
    });
  });

  it("names a type, with what its documentation says", () => {
    const answer = ask(at("hover", "const t = nn.ze|ros([2]);"));
    expect(answer).toMatchObject({ kind: "hover", from: HEAD.length + 13, to: HEAD.length + 18 });
    expect(answer?.kind === "hover" ? answer.text : "").toMatch(/zeros/);
    expect(ask(at("hover", "  |  "))).toBeNull();
  });

  it("shows the parameters of a call, and which one is being written", () => {
    const answer = ask(at("signature", "nn.parameter([1, 2], |"));
    if (answer?.kind !== "signature") throw new Error("no signature");
    expect(answer.text).toMatch(/^parameter\(/);
    expect(answer.text.slice(answer.from, answer.to)).toMatch(/^init/);
    expect(ask(at("signature", "const a = 1;|"))).toBeNull();
  });

  it("formats, leaves the seed's meaning alone, and is the same the second time", () => {
    const format = (source: string) => {
      const answer = ask({ kind: "format", source });
      return answer?.kind === "format" ? answer.source : "";
    };
    expect(format("const a=1;if(a>0){const b=[1,2];\nconsole.log(b)}\n")).toContain("const a = 1;");
    const seed = readFileSync("src/seed/train.ts", "utf8");
    const once = format(seed);
    expect(format(once)).toBe(once);
    expect(once.replace(/\s/g, "")).toBe(seed.replace(/\s/g, ""));
    expect(check(once)).toEqual([]);
  });
});
