// The page of the runner's tests.
import { passOn } from "./mailbox.ts";

await passOn(new Worker(new URL("./lab-worker.ts", import.meta.url), { type: "module" }));
