// WebMCP: a browser that has agents of its own is offered the study's tools by the page. The proposal of a standard, so what
// there is of it is asked for by name: `registerTool`, or `provideContext` in earlier browsers.
import type { LabClient } from "../contract/lab-state.ts";
import { agentTools } from "./agent-tools.ts";

interface Offered {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: object;
  execute(given?: Readonly<Record<string, unknown>>): Promise<object>;
}

export interface ModelContext {
  registerTool?(tool: Offered): unknown;
  provideContext?(context: { readonly tools: readonly Offered[] }): unknown;
}

/** Offers the tools of the lab, as soon as it is open. */
export async function offerTools(context: ModelContext, client: LabClient): Promise<void> {
  await client.opened();
  const tools = agentTools(client, () => "browser").map(
    ({ name, description, inputSchema, run }): Offered => ({
      name,
      description,
      inputSchema,
      execute: async (given = {}) => {
        try {
          const answer = await run(given, new AbortController().signal);
          const text = typeof answer === "string" ? answer : JSON.stringify(answer);
          return { content: [{ type: "text", text }] };
        } catch (error) {
          const text = error instanceof Error ? error.message : String(error);
          return { content: [{ type: "text", text }], isError: true };
        }
      },
    }),
  );
  if (context.registerTool) for (const tool of tools) context.registerTool(tool);
  else context.provideContext?.({ tools });
}
