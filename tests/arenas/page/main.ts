// The main thread of the arenas' tests: opens sandboxes for the worker.
import { passOn } from "../../runner/page/mailbox.ts";

await passOn(new Worker(new URL("./lab-worker.ts", import.meta.url), { type: "module" }));
