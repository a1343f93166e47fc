import { describe, expect, it } from "vitest";
import { parseAnswer } from "./answer.ts";
import { applyEdits } from "./edits.ts";
import { submissionOf } from "./submission.ts";
import { answerText, SEED } from "../testing/a-study.ts";
import { setConstants } from "../../source/constants.ts";

const DEEPER = setConstants(SEED, { DEPTH: 6 });
const HEAD = "HYPOTHESIS: deeper\nEXPECTED: 1.99\nFALSIFY: not under 2\n";
const EDIT = { search: "const DEPTH = 4;", replace: "const DEPTH = 6;" };
const INPUT = { hypothesis: "deeper", expected: "1.99", falsify: "no", edits: [EDIT] };
const json = JSON.stringify(INPUT);

/** The train.ts that an answer proposes. */
async function proposed(answer: string): Promise<string> {
  const { edits, whole } = await parseAnswer(answer);
  return whole ?? applyEdits(SEED, edits);
}

describe("the single-answer form", () => {
  it("reads its own form", async () => {
    const answer = await parseAnswer(answerText(6));
    expect(answer).toMatchObject({
      hypothesis: "Raise DEPTH to 6",
      expected: "1.99",
      category: "architecture",
      base: null,
      whole: null,
    });
    expect(applyEdits(SEED, answer.edits)).toContain("const DEPTH = 6;");
  });

  it("forgives decoration: thoughts, markdown, fences, Windows line ends", async () => {
    const decorated = `<think>maybe <<<<<<< SEARCH?</think>Sure! Here it is.\n\n**Hypothesis:** Deeper.\n- **BASE**: #3\n\n\`\`\`ts\n<<<<<< SEARCH\nconst DEPTH = 4;\n======\nconst DEPTH = 5;\n>>>>>> REPLACE\n\`\`\`\nFALSIFY: none`;
    const answer = await parseAnswer(decorated.replaceAll("\n", "\r\n"));
    expect(answer).toMatchObject({ hypothesis: "Deeper.", base: 3, falsify: null });
    expect(answer.edits).toEqual([{ search: "const DEPTH = 4;", replace: "const DEPTH = 5;" }]);
  });

  it("reads several blocks, deletions and lines of equals signs inside text", async () => {
    const text = `HYPOTHESIS: x\n<<<<<<< SEARCH\na\n=======\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nb === c\n=======\n// ====\nb\n>>>>>>> REPLACE`;
    expect((await parseAnswer(text)).edits).toEqual([
      { search: "a", replace: "" },
      { search: "b === c", replace: "// ====\nb" },
    ]);
  });

  it("names the missing part of an answer", async () => {
    await expect(parseAnswer("I would raise the learning rate.")).rejects.toThrow(/changes nothing/);
    await expect(parseAnswer(answerText(5).replace(/^HYPOTHESIS.*\n/, ""))).rejects.toThrow(/no hypothesis/);
    await expect(parseAnswer("HYPOTHESIS: x\n```ts\nconst a = 1;\n```")).rejects.toThrow(/changes nothing/);
    await expect(parseAnswer('{"hypothesis":"h","edits":[]}')).rejects.toThrow(/changes nothing/);
    await expect(submissionOf({ hypothesis: "h", edits: "no" })).rejects.toThrow(/not a list/);
    await expect(submissionOf({ hypothesis: "h", edits: [{ search: 1 }] })).rejects.toThrow(
      /not of the form/,
    );
    await expect(
      parseAnswer(`${HEAD}\`\`\`ts\nimport * as nn from "nn";\n// ... rest unchanged\n\`\`\``),
    ).rejects.toThrow(/leaves parts out/);
    await expect(parseAnswer(`${answerText(6)}\n<<<<<<< SEARCH\nconst HEADS`)).rejects.toThrow(
      /not complete/,
    );
  });
});

describe("an answer", () => {
  const fence = (language: string, text: string, mark = "```") => `${mark}${language}\n${text}\n${mark}`;
  const diff = ` // The model\n-const DEPTH = 4; // transformer blocks (1..16)\n+const DEPTH = 6; // transformer blocks (1..16)\n const HEADS = 4; // attention heads of a block (1..16)`;
  const forms: Readonly<Record<string, string>> = {
    "a unified diff": `${HEAD}\n${fence("diff", `--- a/train.ts\n+++ b/train.ts\n@@ -9,3 +9,3 @@\n${diff}`)}`,
    "a diff whose numbers are wrong": `${HEAD}\n${fence("diff", `@@ -90,30 +1,2 @@ class Block\n${diff}`)}`,
    "a diff without numbers, without a fence": `${HEAD}\n--- train.ts\n+++ train.ts\n@@ @@\n${diff}\n`,
    "a diff without a hunk's head": `${HEAD}\n${fence("diff", diff)}`,
    "a diff in a fence that is not closed": `${HEAD}\n\`\`\`diff\n@@ -9,3 +9,3 @@\n${diff}`,
    "a diff as git apply_patch has it": `${HEAD}\n*** Begin Patch\n*** Update File: train.ts\n@@\n${diff}\n*** End Patch`,
    "a whole file, fenced": `${HEAD}\n${fence("typescript", DEEPER)}`,
    "a whole file in a fence of no or another language": `${HEAD}\n${fence("", DEEPER)}`,
    "a whole file in a fence of python": `${HEAD}\n${fence("python", DEEPER)}`,
    "a whole file between tildes": `${HEAD}\n${fence("ts", DEEPER, "~~~")}`,
    "a whole file in a fence that is not closed": `${HEAD}\n\`\`\`ts\n${DEEPER}`,
    "a whole file without a fence": `${HEAD}\n${DEEPER}`,
    "a whole file before the form's lines": `${DEEPER}\n${HEAD}`,
    "merge conflict marks": `${HEAD}\n<<<<<<< HEAD\nconst DEPTH = 4;\n=======\nconst DEPTH = 6;\n>>>>>>> candidate`,
    "blocks with fenced halves": `${HEAD}\n<<<<<<< SEARCH\n\`\`\`ts\nconst DEPTH = 4;\n\`\`\`\n=======\n\`\`\`ts\nconst DEPTH = 6;\n\`\`\`\n>>>>>>> REPLACE`,
    "blocks of numbered lines": `${HEAD}\n<<<<<<< SEARCH\n 10 | const DEPTH = 4;\n=======\n 10 | const DEPTH = 6;\n>>>>>>> REPLACE`,
    "blocks with other marks": `${HEAD}\n------- SEARCH\nconst DEPTH = 4;\n=======\nconst DEPTH = 6;\n+++++++ REPLACE`,
    "blocks with short marks": `${HEAD}\n<<< SEARCH\nconst DEPTH = 4;\n===\nconst DEPTH = 6;\n>>> REPLACE`,
    "edits in tags": `<hypothesis>deeper</hypothesis>\n<edit>\n<search>\nconst DEPTH = 4;\n</search>\n<replace>\nconst DEPTH = 6;\n</replace>\n</edit>`,
    "full-width colons": `${answerText(6).replaceAll(/^([A-Z]+): /gm, "$1：")}`,
    "the same answer twice": `${answerText(6)}\n\n${answerText(6)}`,
    "the same block twice": `${HEAD}\n${[0, 1].map(() => answerText(6).slice(answerText(6).indexOf("<"))).join("\n")}`,
    "two answers: the last counts": `Draft:\n${answerText(9)}\n\nBetter:\n${answerText(6)}`,
    "an unfinished draft and an answer": `HYPOTHESIS: x\n<<<<<<< SEARCH\nconst DEPTH = 4;\n=======\n\n${answerText(6)}`,
    "an answer and its summary": `${answerText(6)}\n\nHYPOTHESIS: in short, deeper`,
    "JSON alone": json,
    "JSON, fenced": fence("json", json),
    "JSON inside prose": `I looked at it {carefully}. Here: ${json}\n\nThat should {do} it.`,
    "JSON with trailing commas": json.replace("]}", ",],}"),
    "JSON with comments and single quotes": `{'hypothesis': 'deeper', /* why */ 'edits': [{'search': 'const DEPTH = 4;', 'replace': 'const DEPTH = 6;'}]}`,
    "JSON with full-width colons": json.replaceAll('":', '"：'),
    "JSON whose end is missing": json.slice(0, -2),
    "JSON: edits in a string": JSON.stringify({ ...INPUT, edits: JSON.stringify([EDIT]) }),
    "JSON: one edit alone": JSON.stringify({ ...INPUT, edits: EDIT }),
    "JSON: blocks in a string": JSON.stringify({ ...INPUT, edits: answerText(6) }),
    "JSON: a diff": JSON.stringify({ ...INPUT, edits: undefined, diff: `@@ -9,3 +9,3 @@\n${diff}` }),
    "JSON: the words of other editing tools": JSON.stringify({
      ...INPUT,
      edits: [{ old_string: EDIT.search, new_string: EDIT.replace }],
    }),
    "JSON: a whole file with Windows line ends": JSON.stringify({
      ...INPUT,
      edits: [],
      source: DEEPER.replaceAll("\n", "\r\n"),
    }),
    "Hermes and Qwen": `<tool_call>\n{"name": "submit", "arguments": ${json}}\n</tool_call>`,
    "Qwen's arguments in a string": `<tool_call>\n${JSON.stringify({ name: "submit", arguments: json })}\n</tool_call>`,
    "Qwen's XML": `<tool_call>\n<function=submit>\n<parameter=hypothesis>\ndeeper\n</parameter>\n<parameter=edits>\n${JSON.stringify([EDIT])}\n</parameter>\n</function>\n</tool_call>`,
    "Qwen's XML without its ends": `<function=submit>\n<parameter=hypothesis>\ndeeper\n<parameter=edits>\n${JSON.stringify([EDIT])}`,
    "Llama's JSON": `{"type": "function", "name": "submit", "parameters": ${json}}`,
    "Llama's tag": `<|python_tag|>{"name": "submit", "parameters": ${json}}<|eom_id|>`,
    "Llama's function tag": `<function=submit>${json}</function>`,
    Mistral: `[TOOL_CALLS][{"name": "submit", "arguments": ${json}}]`,
    "Mistral's newer form": `[TOOL_CALLS]submit[ARGS]${json}`,
    DeepSeek: `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>submit\n\`\`\`json\n${json}\n\`\`\`<｜tool▁call▁end｜>`,
    Kimi: `<|tool_calls_section_begin|><|tool_call_begin|>functions.submit:0<|tool_call_argument_begin|>${json}<|tool_call_end|>`,
    GLM: `<tool_call>submit\n<arg_key>hypothesis</arg_key>\n<arg_value>deeper</arg_value>\n<arg_key>edits</arg_key>\n<arg_value>${JSON.stringify([EDIT])}</arg_value>\n</tool_call>`,
    Invoke: `<invoke name="submit"><parameter name="hypothesis">deeper</parameter><parameter name="edits">${JSON.stringify([EDIT])}</parameter></invoke>`,
    "DeepSeek's newer form": `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>submit<｜tool▁sep｜>${json}<｜tool▁call▁end｜>`,
    "DeepSeek's tags": `<｜DSML｜function_calls>\n<｜DSML｜invoke name="submit">\n<｜DSML｜parameter name="hypothesis" string="true">deeper</｜DSML｜parameter>\n<｜DSML｜parameter name="edits" string="false">${JSON.stringify([EDIT])}</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>`,
    "tags with a prefix": `<step:invoke name="submit"><step:parameter name="hypothesis">deeper</step:parameter><step:parameter name="edits">${JSON.stringify([EDIT])}</step:parameter></step:invoke>`,
    "Llama's list of calls": `[submit(hypothesis="deeper", edits=[{"search": "const DEPTH = 4;", "replace": "const DEPTH = 6;"}])]`,
    "LFM's list of calls": `<|tool_call_start|>[readFile(path="train.ts"), submit(hypothesis="deeper", edits=${JSON.stringify([EDIT])})]<|tool_call_end|>`,
    Functionary: `>>>submit\n${json}`,
    Hunyuan: `<tool_calls>\n<tool_call>submit\n\`\`\`json\n${json}\n\`\`\`\n</tool_call>\n</tool_calls>`,
    "Gemma's own quotes": `<start_function_call>call:submit{hypothesis:<escape>deeper<escape>,edits:[{search:<escape>const DEPTH = 4;<escape>,replace:<escape>const DEPTH = 6;<escape>}]}<end_function_call>`,
    "Gemma's newer quotes": `<|tool_call>call:submit{hypothesis:<|"|>deeper<|"|>,edits:[{search:<|"|>const DEPTH = 4;<|"|>,replace:<|"|>const DEPTH = 6;<|"|>}]}<tool_call|>`,
    "Command R": `Action: \`\`\`json\n${JSON.stringify([{ tool_name: "submit", parameters: INPUT }])}\n\`\`\``,
    "Granite and Phi": `<|tool_call|>${JSON.stringify([{ name: "submit", arguments: INPUT }])}<|/tool_call|>`,
    InternLM: `<|action_start|><|plugin|>${JSON.stringify({ name: "submit", parameters: INPUT })}<|action_end|>`,
    "a call as Python over several lines": `submit(\n    hypothesis="deeper",\n    edits=[{"search": "const DEPTH = 4;", "replace": "const DEPTH = 6;"}],\n)`,
    "a whole file as Python's text": `submit(hypothesis="deeper", source="""${DEEPER}""")`,
    "harmony's channels": `<|channel|>analysis<|message|>Try this: ${answerText(9)}<|end|><|start|>assistant<|channel|>commentary to=functions.submit <|constrain|>json<|message|>${json}<|call|>`,
    "harmony's final channel": `<|channel|>analysis<|message|>Try DEPTH 9.<|end|><|start|>assistant<|channel|>final<|message|>${answerText(6)}<|return|>`,
    "functions.submit": `functions.submit(${json})`,
    "a call as Python": `\`\`\`tool_code\nsubmit(hypothesis="deeper", expected='1.99', edits=[{"search": "const DEPTH = 4;", "replace": "const DEPTH = 6;"}])\n\`\`\``,
    "OpenAI's list of calls": JSON.stringify({
      tool_calls: [{ id: "1", type: "function", function: { name: "submit", arguments: json } }],
    }),
  };
  it.each(Object.entries(forms))("in the form: %s", async (_, answer) => {
    expect((await proposed(answer)).trim()).toBe(DEEPER.trim());
  });
});

describe("a thought", () => {
  const draft = answerText(9);
  const closed: Readonly<Record<string, string>> = {
    "before the answer": `<think>\n${draft}\n</think>\n${answerText(6)}`,
    "that ends on the answer's line": `<think>Hm. ${draft} </think>${answerText(6)}`,
    "that names its own end": `<think>\nI must end with </think> later.\n${draft}\n</think>\n\n${answerText(6)}`,
    "whose beginning the template has written": `Let me see.\n${draft}\nNo.\n</think>\n\n${answerText(6)}`,
    "named behind the answer": `${answerText(6)}\n\nNote: I left out the </think> tag as asked.`,
    "named in quotes": `${answerText(6)}\n\nI wrote no \`</think>\` and no "<think>".`,
    "of Magistral": `[THINK]${draft}[/THINK]${answerText(6)}`,
    "two of them": `<think>a</think>\n<reasoning>\n${draft}\n</reasoning>\n${answerText(6)}`,
    "behind the answer": `${answerText(6)}\n<think>\n${draft}\n</think>`,
  };
  it.each(Object.entries(closed))("is not the answer: %s", async (_, answer) => {
    expect(await proposed(answer)).toBe(DEEPER);
  });
  it.each(["<think>", "<thinking>", "[THINK]", "<|channel|>analysis<|message|>"])(
    "that is not closed (%s) is no answer",
    async (tag) => {
      await expect(parseAnswer(`${tag}\nMaybe:\n${draft}\nNo, that is bad. Let me`)).rejects.toThrow(
        /changes nothing/,
      );
    },
  );
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

  it("reads over other white space, and indents the replacement as the place is", () => {
    expect(applyEdits(SEED, [{ search: "const  DEPTH=4", replace: "const DEPTH = 6" }])).toBe(DEEPER);
    const source = "class A {\n  f() {\n    return 1;\n  }\n}\n";
    const edit = { search: "f() {\n\treturn 1;\n}", replace: "f() {\n  // two\n  return 2;\n}" };
    expect(applyEdits(source, [edit])).toBe("class A {\n  f() {\n    // two\n    return 2;\n  }\n}\n");
    expect(applyEdits("a;   \nb;\n", [{ search: "a;\nb;", replace: "c;" }])).toBe("c;\n");
    expect(applyEdits("{\n  a();\n  b();\n}\n", [{ search: "\ta();", replace: "" }])).toBe("{\n  b();\n}\n");
    expect(() => applyEdits("const DEPTHS = 4;", [{ search: "const  DEPTH", replace: "" }])).toThrow(
      /not in train/,
    );
  });

  it("takes a search text that is escaped as in XML for what it means", () => {
    const escaped = {
      search: "if (a &lt; b &amp;&amp; c) d = &quot;e&quot;;",
      replace: "if (a &gt; b) d = 1;",
    };
    expect(applyEdits('if (a < b && c) d = "e";\n', [escaped])).toBe("if (a > b) d = 1;\n");
    expect(applyEdits("x = '&lt;';\n", [{ search: "x = '&lt;'", replace: "x = '&gt;'" }])).toBe(
      "x = '&gt;';\n",
    );
  });

  it("applies to a source and edits with Windows line ends", () => {
    const [one = "", two = ""] = SEED.split("\n").filter((line) => line.startsWith("const "));
    const edit = { search: `${one}\n${two}`, replace: `${one.replace("4", "6")}\n${two}` };
    expect(applyEdits(SEED.replaceAll("\n", "\r\n"), [edit])).toBe(DEEPER);
    const windows = {
      search: edit.search.replace("\n", "\r\n"),
      replace: edit.replace.replace("\n", "\r\n"),
    };
    expect(applyEdits(SEED, [windows])).toBe(DEEPER);
  });

  it("takes the nearest place where a diff names a line, and inserts where it only adds", () => {
    expect(applyEdits("x\na\nx\nb\nx\n", [{ search: "x", replace: "y", line: 4 }])).toMatch(
      /^x\na\n(y\nb\nx|x\nb\ny)\n$/,
    );
    expect(applyEdits("a\nb\n", [{ search: "", replace: "new", line: 1 }])).toBe("a\nnew\nb\n");
  });

  it("explains why an edit does not apply", () => {
    expect(() =>
      applyEdits(SEED, [{ search: "const DEPTH = 4 // blocks\nconst HEADS", replace: "" }]),
    ).toThrow(/not in train\.ts/);
    expect(() => applyEdits(SEED, [{ search: "MATRIX_LR = 0.02;\nno such line", replace: "" }])).toThrow(
      /line \d+ looks similar: const MATRIX_LR/,
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
