// Two globals that libraries read while their modules are evaluated, so this import must come before theirs: isomorphic-git
// wants Node's `Buffer`; lightning-fs's text encoder looks for `window` or `global` and finds neither in a worker.

import { Buffer } from "buffer";

if (!("Buffer" in globalThis)) Object.assign(globalThis, { Buffer });
if (!("global" in globalThis)) Object.assign(globalThis, { global: globalThis });
