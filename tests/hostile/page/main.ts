// The page of the attack tests. Its answers show that it is alive; each reports the number of frames that are left.
import { passOn } from "../../runner/page/mailbox.ts";

await passOn(new Worker(new URL("./lab-worker.ts", import.meta.url), { type: "module" }), () => ({
  frames: document.querySelectorAll("iframe").length,
}));
