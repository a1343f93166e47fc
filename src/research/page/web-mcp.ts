// WebMCP: the page offers the study's tools to a browser with agents of its own. It is a proposed standard, so the code
// looks for its method: `registerTool`, or `provideContext` in earlier browsers.
import { messageOf } from "../../error.ts";
import type { LabClient } from "../contract/lab-state.ts";
import { agentTools } from "./agent-tools.ts";

interface Offered {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: object;
  readonly annotations: { readonly readOnlyHint: boolean };
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
    ({ name, description, inputSchema, readOnly, run }): Offered => ({
      name,
      description,
      inputSchema,
      annotations: { readOnlyHint: readOnly },
      execute: async (given = {}) => {
        try {
          const answer = await run(given, new AbortController().signal);
          const text = typeof answer === "string" ? answer : JSON.stringify(answer);
          return { content: [{ type: "text", text }] };
        } catch (error) {
          const text = messageOf(error);
          return { content: [{ type: "text", text }], isError: true };
        }
      },
    }),
  );
  if (context.registerTool) for (const tool of tools) context.registerTool(tool);
  else context.provideContext?.({ tools });
}
