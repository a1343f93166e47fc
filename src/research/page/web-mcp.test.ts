import { expect, it, vi } from "vitest";
import type { LabClient } from "../contract/lab-state.ts";
import { FIRST_STATE } from "../lab/publisher.ts";
import { type ModelContext, offerTools } from "./web-mcp.ts";

const client = {
  opened: () => Promise.resolve(),
  state: () => ({ ...FIRST_STATE, program: "lower it" }),
} as unknown as LabClient;

type Tool = Parameters<NonNullable<ModelContext["registerTool"]>>[0];

it("offers every tool to a browser that has agents, and answers in its form", async () => {
  const tools: Tool[] = [];
  await offerTools({ registerTool: (tool) => tools.push(tool), provideContext: vi.fn() }, client);
  const called = (name: string, given?: Record<string, unknown>) =>
    tools.find((tool) => tool.name === name)?.execute(given);
  const changing = tools.filter(({ annotations }) => !annotations.readOnlyHint);
  expect(changing.map(({ name }) => name)).toEqual(["propose", "leave_note"]);
  expect(await called("read_program")).toEqual({ content: [{ type: "text", text: "lower it" }] });
  expect(await called("read_experiment", { number: 4 })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining("there is no experiment #4") as string }],
  });
});

it("offers them at once where the browser wants them so, and nothing where it knows neither", async () => {
  const provideContext = vi.fn();
  await offerTools({ provideContext }, client);
  expect(provideContext).toHaveBeenCalledOnce();
  await offerTools({}, client);
});
