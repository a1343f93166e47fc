// The page of the attacks. That it passes questions on shows that it lives; with each answer it says what frames are left.
import { passOn } from "../../runner/page/mailbox.ts";

await passOn(new Worker(new URL("./lab-worker.ts", import.meta.url), { type: "module" }), () => ({
  frames: document.querySelectorAll("iframe").length,
}));
