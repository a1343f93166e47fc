// Two globals that libraries read while their modules are evaluated, so this import must come before theirs:
// isomorphic-git needs Node's `Buffer`; lightning-fs's text encoder needs `window` or `global`, and a worker has
// neither.

import { Buffer } from "buffer";

if (!("Buffer" in globalThis)) Object.assign(globalThis, { Buffer });
if (!("global" in globalThis)) Object.assign(globalThis, { global: globalThis });
