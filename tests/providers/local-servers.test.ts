// Servers of one's own as they really answer: dialects of tools, of streams and of refusals, and short contexts.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { setConstants } from "../../src/researchers/source/constants.ts";
import { SEED } from "../../src/researchers/model/testing/a-study.ts";
import { openLab } from "./lab.ts";
import { type ProviderServer, startProvider } from "./server.ts";

let server: ProviderServer;
beforeAll(async () => {
  server = await startProvider();
});
afterEach(() => server.clear());
afterAll(() => server.close());

const EDIT = { search: "const DEPTH = 4;", replace: "const DEPTH = 6;" };
const SUBMIT = { hypothesis: "deeper", expected: "1.98", falsify: "2 or more", edits: [EDIT] };
const deep = setConstants(SEED, { DEPTH: 6 });

describe("tool calls", () => {
  it("count when the server leaves them in the text", async () => {
    const lab = openLab(server, "compatible");
    const from = server.received.length;
    server.play(
      {
        text: `<think>look first</think><tool_call>\n{"name": "readExperiment", "arguments": {"number": 0}}\n</tool_call>`,
      },
      {
        text: `<tool_call>\n<function=submit>\n<parameter=hypothesis>\ndeeper\n</parameter>\n<parameter=edits>\n${JSON.stringify([EDIT])}\n</parameter>\n</function>\n</tool_call>`,
      },
    );
    expect((await lab.propose()).source).toBe(deep);
    expect(server.received.at(-1)?.text).toContain("readExperiment answers:");
    expect(server.received.length - from).toBe(2);
    expect(lab.of("sent-back")).toEqual([]);
  });

  it("count with arguments that can be repaired", async () => {
    const lab = openLab(server, "compatible");
    server.play({
      tools: [{ name: "submit", input: {}, raw: JSON.stringify(SUBMIT).replace("]}", ",],}") }],
    });
    expect((await lab.propose()).source).toBe(deep);
  });

  it("count with edits in a string, and under a name with a prefix", async () => {
    const lab = openLab(server, "compatible");
    const input = { ...SUBMIT, edits: JSON.stringify([EDIT]) };
    server.play({ tools: [{ name: "functions.submit", input }] });
    expect((await lab.propose()).source).toBe(deep);
  });

  it("count where none were offered", async () => {
    const lab = openLab(server, "compatible", { config: { tools: false } });
    server.play({ tools: [{ name: "submit", input: SUBMIT }] });
    expect((await lab.propose()).source).toBe(deep);
  });
});
