import { describe, expect, it } from "vitest";
import { parseAnswer, submissionOf } from "./answer.ts";
import { applyEdits } from "./edits.ts";
import { answerText, SEED } from "../testing/a-study.ts";

describe("the single-answer form", () => {
  it("reads its own form", () => {
    const answer = parseAnswer(answerText(6));
    expect(answer).toMatchObject({
      hypothesis: "Raise DEPTH to 6",
      expected: "1.99",
      category: "architecture",
      base: null,
      whole: null,
    });
    expect(applyEdits(SEED, answer.edits)).toContain("const DEPTH = 6;");
  });

  it("forgives decoration: thoughts, markdown, fences, Windows line ends", () => {
    const decorated = `<think>maybe <<<<<<< SEARCH?</think>Sure! Here it is.\n\n**Hypothesis:** Deeper.\n- **BASE**: #3\n\n\`\`\`ts\n<<<<<< SEARCH\nconst DEPTH = 4;\n======\nconst DEPTH = 5;\n>>>>>> REPLACE\n\`\`\`\nFALSIFY: none`;
    const answer = parseAnswer(decorated.replaceAll("\n", "\r\n"));
    expect(answer).toMatchObject({ hypothesis: "Deeper.", base: 3, falsify: null });
    expect(answer.edits).toEqual([{ search: "const DEPTH = 4;", replace: "const DEPTH = 5;" }]);
  });

  it("reads several blocks, deletions and lines of equals signs inside text", () => {
    const text = `HYPOTHESIS: x\n<<<<<<< SEARCH\na\n=======\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nb === c\n=======\n// ====\nb\n>>>>>>> REPLACE`;
    expect(parseAnswer(text).edits).toEqual([
      { search: "a", replace: "" },
      { search: "b === c", replace: "// ====\nb" },
    ]);
  });

  it("reads a whole file, and an object", () => {
    const whole = parseAnswer(`HYPOTHESIS: new\n\`\`\`typescript\n${SEED}\`\`\``).whole;
    expect(whole).toBe(SEED);
    const object = parseAnswer('```json\n{"hypothesis":"h","edits":[{"search":"a","replace":"b"}]}\n```');
    expect(object).toMatchObject({ hypothesis: "h", edits: [{ search: "a", replace: "b" }] });
  });

  it("says what is missing", () => {
    expect(() => parseAnswer("I would raise the learning rate.")).toThrow(/changes nothing/);
    expect(() => parseAnswer(answerText(5).replace(/^HYPOTHESIS.*\n/, ""))).toThrow(/no hypothesis/);
    expect(() => parseAnswer("HYPOTHESIS: x\n```ts\nconst a = 1;\n```")).toThrow(/changes nothing/);
    expect(() => submissionOf({ hypothesis: "h", edits: "no" })).toThrow(/not a list/);
    expect(() => submissionOf({ hypothesis: "h", edits: [{ search: 1 }] })).toThrow(/not of the form/);
  });
});

describe("applyEdits", () => {
  it("takes exact text that occurs exactly once", () => {
    expect(
      applyEdits("a\nb\na2", [
        { search: "b", replace: "c" },
        { search: "c\na2", replace: "d" },
      ]),
    ).toBe("a\nd");
    expect(applyEdits("a", [{ search: "a", replace: "$& $1" }])).toBe("$& $1");
  });

  it("explains what does not apply", () => {
    expect(() => applyEdits(SEED, [{ search: "const  DEPTH = 4", replace: "" }])).toThrow(
      /not in train\.ts.*line 10 looks similar: const DEPTH = 4/,
    );
    expect(() => applyEdits("a\nb\na", [{ search: "a", replace: "" }])).toThrow(
      /more than once, at lines 1 and 3/,
    );
    expect(() =>
      applyEdits("a", [
        { search: "a", replace: "b" },
        { search: " ", replace: "" },
      ]),
    ).toThrow(/edit 2 searches for nothing/);
  });
});
