// `npm run bridge`: serves an agent of this machine until a signal, and prints how to connect the lab to it.
import { untilSignal } from "../ending.ts";
import { agentOf, isInstalled } from "./agents.ts";
import { openBridge } from "./open-bridge.ts";
import { parseBridgeOptions, USAGE } from "./options.mjs";
import { ANSWER_BYTES, serverToken } from "./token.ts";

/** Serves until a signal; resolves with the exit status. */
export function main(args: readonly string[]): Promise<number> {
  return untilSignal(async () => {
    const options = parseBridgeOptions(args);
    if (options === "help") {
      console.log(USAGE);
      return null;
    }
    const { words, port, origin, seconds } = options;
    const agent = agentOf(words);
    if (!isInstalled(agent.command)) throw new Error(`no command ${agent.command} is on the PATH`);
    const token = serverToken("BRIDGE_TOKEN", process.env);
    let calls = 0;
    const { address, close } = await openBridge({
      agent,
      port,
      token,
      origin,
      limits: { seconds, bytes: ANSWER_BYTES },
      onCall: ({ seconds, reply, failure }) => {
        const tokens = reply?.usage ? `, ${reply.usage.input} + ${reply.usage.output} tokens` : "";
        console.log(`call ${++calls}: ${failure ?? "answered"}, ${seconds.toFixed(1)} s${tokens}`);
      },
    });
    const spec = `${agent.name}@${address}`;
    console.log(`
  ${agent.name} answers at ${address}, at the price of its subscription.
  Open the lab with it:  ${origin}/#bridge=${spec}&token=${token}
  Or choose "An agent on this machine" on the page and paste its token:  ${token}
  Without a window:  BRIDGE_TOKEN=${token} npm run lab -- --researcher bridge:${spec}
  Ctrl-C ends it.
`);
    return close;
  });
}
