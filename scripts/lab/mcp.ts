// `--mcp`: the study over stdio, for an agent that is a client of the Model Context Protocol. The tools are the page's
// own (src/research/page/agent-tools.ts); this file has the protocol, and the calls from this process to the page.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Page } from "@playwright/test";
import { type AgentLab, type AgentTool, agentTools } from "../../src/research/page/agent-tools.ts";
import { reasonOf } from "./waits.ts";

const INSTRUCTIONS = `A study of Overnight: one file, train.ts, trains a small GPT for a fixed budget and is scored by bits per
byte; a better version is kept. Read the brief, the program, the candidate and the results; check_types and rehearse your
train.ts; propose one change with a hypothesis and a forecast; wait_for_verdict; learn from it and propose again.`;

const ALIVE = 10_000; // ms between two signs of progress

/** The resources that a client can read, and the tool that reads each. */
const RESOURCES = [
  { uri: "overnight://brief", tool: "read_brief", mimeType: "application/json" },
  { uri: "overnight://program.md", tool: "read_program", mimeType: "text/markdown" },
  { uri: "overnight://train.ts", tool: "read_candidate", mimeType: "text/plain" },
  { uri: "overnight://results.tsv", tool: "read_results", mimeType: "text/tab-separated-values" },
  { uri: "overnight://manual", tool: "read_manual", mimeType: "text/plain" },
] as const;

export interface AgentServer {
  /** Opens the lab to the client: waiting requests are answered now. */
  open(lab: AgentLab): void;
  /** Resolves when the client has disconnected. */
  readonly lost: Promise<void>;
}

/** Serves on stdin and stdout from now on; requests wait until the lab is open. */
export async function serveAgent(): Promise<AgentServer> {
  const server = new Server(
    { name: "overnight", version: "0.1.0" },
    { capabilities: { tools: {}, resources: {} }, instructions: INSTRUCTIONS },
  );
  const client = () => server.getClientVersion()?.name ?? "agent";
  let open: (lab: AgentLab) => void = () => undefined;
  const opened = new Promise<AgentLab>((ready) => (open = ready)).then((lab) => agentTools(lab, client));
  const listed = agentTools(NOT_YET, client);

  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: listed.map(({ name, description, inputSchema, readOnly }) => ({
      name,
      description,
      inputSchema: { ...inputSchema, properties: { ...inputSchema.properties } },
      annotations: { readOnlyHint: readOnly, destructiveHint: false, openWorldHint: false },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    // A client that asks for progress waits for as long as some comes.
    const progressToken = params._meta?.progressToken;
    let progress = 0;
    const sayAlive = () => {
      if (progressToken === undefined) return;
      const sign = { progressToken, progress: ++progress };
      sendNotification({ method: "notifications/progress", params: sign }).catch(() => undefined); // it left
    };
    sayAlive();
    const alive = setInterval(sayAlive, ALIVE);
    try {
      const text = await run(opened, params.name, params.arguments ?? {}, signal);
      return { content: [{ type: "text", text }] };
    } catch (error) {
      return { content: [{ type: "text", text: reasonOf(error) }], isError: true };
    } finally {
      clearInterval(alive);
    }
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: RESOURCES.map(({ uri, tool, mimeType }) => ({
      uri,
      mimeType,
      name: tool.replace("read_", ""),
      description: listed.find(({ name }) => name === tool)?.description ?? "",
    })),
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }, { signal }) => {
    const found = RESOURCES.find(({ uri }) => uri === params.uri);
    if (found === undefined) throw new Error(`no such resource: ${params.uri}`);
    const text = await run(opened, found.tool, {}, signal);
    return { contents: [{ uri: found.uri, mimeType: found.mimeType, text }] };
  });

  const lost = new Promise<void>((gone) => {
    server.onclose = gone;
    process.stdin.once("end", gone);
    process.stdin.once("close", gone);
  });
  await server.connect(new StdioServerTransport());
  return { open, lost };
}

async function run(
  tools: Promise<readonly AgentTool[]>,
  name: string,
  given: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<string> {
  const tool = (await tools).find((one) => one.name === name);
  if (tool === undefined) throw new Error(`no such tool: ${name}`);
  const answer = await tool.run(given, signal);
  return typeof answer === "string" ? answer : JSON.stringify(answer, null, 1);
}

/** A closed lab, to list the tools before the real one is open; its calls reject. */
const closed = () => Promise.reject(new Error("the lab is still opening"));
const NOT_YET: AgentLab = {
  state: closed,
  start: closed,
  checkSource: closed,
  loadExperiment: closed,
  submitProposal: closed,
  models: closed,
};

/** The lab of a page, as the tools call it. */
export const labOf = (page: Page): AgentLab => ({
  state: () => page.evaluate(() => window.overnight.state()),
  start: (settings) => page.evaluate((given) => window.overnight.start(given), settings),
  checkSource: (source) => page.evaluate((text) => window.overnight.checkSource(text), source),
  loadExperiment: (number) => page.evaluate((n) => window.overnight.loadExperiment(n), number),
  submitProposal: (...proposal) =>
    page.evaluate(
      ([source, hypothesis, base, by]) => window.overnight.submitProposal(source, hypothesis, base, by),
      proposal,
    ),
  models: (ask) => page.evaluate((command) => window.overnight.models(command), ask),
});
