// `--researcher bridge:claude` without an address: the lab starts the bridge to the agent itself and ends it at its own
// end.
import { agentOf, isInstalled } from "../bridge/agents.ts";
import { openBridge } from "../bridge/open-bridge.ts";
import { ANSWER_BYTES, serverToken } from "../bridge/token.ts";
import { PROFILE_ORIGIN } from "../open-browser.ts";
import type { LabOptions } from "./options.ts";

const PATIENCE = 600; // s: longest time for an answer

/** The options with the bridge's address, and the function that ends the bridge. Rejects with a one-line error. */
export async function withBridge(
  options: LabOptions,
): Promise<{ readonly options: LabOptions; close(): Promise<void> }> {
  const { model } = options;
  if (model?.provider !== "bridge" || model.address !== undefined)
    return { options, close: () => Promise.resolve() };
  const agent = agentOf([model.model]);
  if (!isInstalled(agent.command))
    throw new Error(`--researcher: no command ${agent.command} is on the PATH`);
  const token = serverToken("BRIDGE_TOKEN", process.env);
  const bridge = await openBridge({
    agent: { ...agent, name: model.model },
    port: 0,
    token,
    origin: PROFILE_ORIGIN,
    limits: { seconds: PATIENCE, bytes: ANSWER_BYTES },
  });
  process.env.BRIDGE_TOKEN = token; // the lab looks up keys in the environment
  const { address } = bridge;
  return {
    options: { ...options, model: { ...model, address }, researcher: `bridge:${model.model}@${address}` },
    close: () => bridge.close(),
  };
}
