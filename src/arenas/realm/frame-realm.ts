// A realm in the browser: a worker in a sandboxed frame of an opaque origin, like that of train.ts, which lives for one
// request.
import type { OpenSandbox } from "../../runner/index.ts";
import type { OpenRealm } from "./ask.ts";

export const frameRealms = (openSandbox: OpenSandbox): OpenRealm =>
  async function openRealm() {
    const sandbox = await openSandbox("realm");
    return {
      ask: (request) =>
        new Promise((resolve, reject) => {
          sandbox.port.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data);
          sandbox.port.onmessageerror = () => reject(new Error("sent a message that cannot be read"));
          void sandbox.failed.then((reason) => reject(new Error(`its realm failed: ${reason}`)));
          sandbox.port.postMessage(request);
        }),
      close: () => sandbox.close(),
    };
  };
