// The sandbox frame, and both ends of the protocol that opens it: only the main thread can open a frame, but the lab's
// worker controls the trainer inside, or the realm of an arena's candidate. A frame lives for one run.
import { LabError } from "../error.ts";
import { type FrameMessage, parseFrameMessage } from "./contract/protocol.ts";

/** One opened sandbox. */
export interface TrainerFrame {
  readonly port: MessagePort;
  /** Resolves with one line when the sandbox itself could not start its worker. */
  readonly failed: Promise<string>;
  /** Removes the frame and with it everything that ran inside. */
  close(): void;
}

export type OpenTrainer = () => Promise<TrainerFrame>;

/** The lab's own script that a sandbox starts. It runs the untrusted code; absent: the trainer. */
export type SandboxScript = "trainer" | "realm";
export type OpenSandbox = (script?: SandboxScript) => Promise<TrainerFrame>;

const SCRIPTS: Readonly<Record<SandboxScript, () => Promise<{ readonly default: string }>>> = {
  trainer: () => import("virtual:trainer"),
  realm: () => import("virtual:realm"),
};

/** Limit for loading a frame [ms]: one whose process died while loading reports nothing. */
const LOADING = 30_000;
const HOST_AWAY = "the host of this page does not answer";

/** Main thread: opens and removes frames on request of the other end of `port`. */
export function serveTrainerFrames(port: MessagePort): void {
  const open = new Map<number, HTMLIFrameElement>();
  const say = (message: FrameMessage, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  window.addEventListener("message", (event) => {
    for (const [id, frame] of open) {
      if (event.source !== frame.contentWindow) continue;
      const { reason } = event.data as { reason?: unknown };
      say({ type: "frame-failed", id, reason: typeof reason === "string" ? reason.slice(0, 500) : "" });
    }
  });
  port.onmessage = async ({ data }: MessageEvent<unknown>) => {
    const message = parseFrameMessage(data);
    if (message.type === "close-frame") {
      open.get(message.id)?.remove();
      open.delete(message.id);
    } else if (message.type === "open-frame") {
      const { id, script } = message;
      try {
        const { default: source } = await SCRIPTS[script]();
        if (!(await hostAnswers())) {
          say({ type: "frame-failed", id, reason: HOST_AWAY });
          return;
        }
        const frame = sandboxFrame();
        open.set(id, frame);
        await loaded(frame);
        if (frame.contentDocument !== null) throw new Error("its frame is not closed off from the page");
        const channel = new MessageChannel();
        frame.contentWindow?.postMessage({ source }, "*", [channel.port1]);
        say({ type: "frame", id }, [channel.port2]);
      } catch (error) {
        say({ type: "frame-failed", id, reason: String(error).slice(0, 500) });
      }
    }
  };
}

const sandboxPage = () => new URL("sandbox.html", document.baseURI).href;

/** Without its host a frame would load an error page, which looks like a sandbox that does not start. */
async function hostAnswers(): Promise<boolean> {
  try {
    return (await fetch(sandboxPage(), { cache: "no-store" })).ok;
  } catch {
    return false; // the network is off, or the host is stopped
  }
}

/** A frame of an opaque origin that may only run scripts, under the policy of sandbox.html. */
function sandboxFrame(): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  // Browsers serve frames with this attribute from no service worker, so a page without a network would have no
  // sandbox: the worker (public/sw.js) sets the same rule by a header. In both cases `contentDocument` is checked
  // before use.
  const served = "serviceWorker" in navigator && navigator.serviceWorker.controller !== null;
  if (!served) frame.setAttribute("sandbox", "allow-scripts");
  frame.hidden = true;
  frame.title = "Sandbox";
  frame.src = sandboxPage();
  return frame;
}

function loaded(frame: HTMLIFrameElement): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`it did not load within ${LOADING / 1000} s`)), LOADING);
    frame.addEventListener(
      "load",
      () => {
        clearTimeout(late);
        resolve();
      },
      { once: true },
    );
    document.body.append(frame);
  });
}

/** Lab worker: a function that asks the main thread at the other end of `port` for a sandbox. */
export function trainerFrames(port: MessagePort): OpenSandbox {
  let serial = 0;
  const waiting = new Map<number, { opened(port: MessagePort): void; failed(reason: string): void }>();
  port.onmessage = ({ data, ports }: MessageEvent<unknown>) => {
    const message = parseFrameMessage(data);
    if (message.type === "frame") waiting.get(message.id)?.opened(ports[0]);
    else if (message.type === "frame-failed") waiting.get(message.id)?.failed(message.reason);
  };
  const say = (message: FrameMessage) => port.postMessage(message);
  return (script = "trainer") =>
    new Promise((resolve, reject) => {
      const id = ++serial;
      let fail: (reason: string) => void = () => undefined;
      const failed = new Promise<string>((settle) => (fail = settle));
      const close = () => {
        waiting.delete(id);
        say({ type: "close-frame", id });
      };
      waiting.set(id, {
        opened: (trainer) =>
          resolve({
            port: trainer,
            failed,
            close() {
              trainer.close();
              close();
            },
          }),
        failed(reason) {
          fail(reason);
          const code = reason === HOST_AWAY ? "host" : "device";
          reject(new LabError(code, { what: "the sandbox did not open", got: reason })); // no-op once opened
          if (waiting.has(id)) close();
        },
      });
      say({ type: "open-frame", id, script });
    });
}
