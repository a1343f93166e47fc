// `npm run engine`: serves the engine until a signal, and prints how to connect the lab to it.
import { writeEngine } from "../../src/research/contract/engine-setting.ts";
import { serverToken } from "../bridge/token.ts";
import { untilSignal } from "../ending.ts";
import { loadNodeEngine } from "./load.ts";
import { parseEngineOptions, USAGE } from "./options.mjs";

/** Serves until a signal; resolves with the exit status. */
export function main(args: readonly string[]): Promise<number> {
  return untilSignal(async () => {
    const options = parseEngineOptions(args);
    if (options === "help") {
      console.log(USAGE);
      return null;
    }
    const { port, origin } = options;
    const token = serverToken("ENGINE_TOKEN", process.env);
    const { openNodeEngine, serveEngine } = await loadNodeEngine();
    const { host, adapter, software } = await openNodeEngine();
    const { address, close } = await serveEngine({
      host,
      port,
      token,
      origin,
      tell: (line) => {
        console.log(line);
      },
    });
    console.log(`
  ${adapter}${software ? " (no GPU: the processor computes)" : ""} computes at ${address}
  Open the lab with it:  ${origin}/#engine=${writeEngine({ address, token })}
  Without a window:  ENGINE_TOKEN=${token} npm run lab -- --engine ${address}
  Ctrl-C ends it.
`);
    return close;
  });
}
