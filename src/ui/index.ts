// The page: one calm notebook over one lab. Everything React, CodeMirror, recharts and canvas lives here and nowhere
// else. It knows the lab only through `LabClient` (src/research): snapshots come in a few times a second and are put
// in one zustand store (store.ts); loss points come on a channel of their own and go straight to a canvas (live/).
// Whatever a person can do is one entry of one registry (actions.ts), which feeds the buttons, the shortcuts, the
// command palette and the help. Nobody imports this folder; index.html starts main.tsx.

export { App } from "./App.tsx";
