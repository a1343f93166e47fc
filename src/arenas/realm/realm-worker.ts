// The entry of a candidate's realm in the browser, bundled as one script (scripts/vite-trainer.ts) and started as a data:
// worker inside the sandbox. It saves the functions that it needs, because sealing leaves only frozen intrinsics.
import { seal } from "./seal.ts";
import { serve, type Surroundings } from "./serve.ts";

const { apply } = Reflect;
const { postMessage } = MessagePort.prototype;
const { Blob, URL } = globalThis;
const later = setTimeout.bind(globalThis);

const around: Surroundings = {
  /** `import()` of a blob: the only way to evaluate a text under the sandbox's policy. */
  async load(code) {
    const url = URL.createObjectURL(new Blob([`export default (${code})`], { type: "text/javascript" }));
    const module = (await import(/* @vite-ignore */ url)) as { default: unknown };
    URL.revokeObjectURL(url);
    return module.default;
  },
  idle: () => new Promise((resolve) => later(resolve)),
};

addEventListener(
  "message",
  ({ ports: [port] }) => {
    port.onmessage = ({ data }: MessageEvent<string>) => {
      void serve(data, around).then((answer) => {
        apply(postMessage, port, [answer]);
      });
    };
    seal(globalThis);
  },
  { once: true },
);
