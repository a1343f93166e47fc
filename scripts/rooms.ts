// The structure of the sources: every folder, its rooms from the ground up, and the allowed imports.
// tests/layers.test.ts checks the code against this list, and `npm run architecture` writes it into ARCHITECTURE.md.

export interface Room {
  /** Path below the folder; "": the files in the folder itself. */
  readonly path: string;
  readonly holds: string;
}

export interface Folder {
  readonly name: string;
  readonly holds: string;
  /** Folders that it may import, through their index.ts. */
  readonly may: readonly string[];
  /** The text for `may` in the table, where the names alone would mislead. */
  readonly mayInWords?: string;
  /** From the ground up: a room may import the rooms before it. */
  readonly rooms: readonly Room[];
  /** Rooms that may import each other: a tensor has methods, and a method records an operation on tensors. */
  readonly circle?: readonly string[];
}

/** The most product files of a room; tests and the folder's index.ts do not count. */
export const MAX_FILES = 15;

const rooms = (list: Readonly<Record<string, string>>): Room[] =>
  Object.entries(list).map(([path, holds]) => ({ path, holds }));

export const FOLDERS: readonly Folder[] = [
  {
    name: "nn",
    holds: "tensors, autodiff, plans, kernels, optimizers, the WebGPU runtime; no DOM, runs in Node too",
    may: ["shaders"],
    rooms: rooms({
      values: "shapes, element types, random numbers, lines of train.ts",
      dependence: "facts about a value: the tokens that it can depend on, and its bounds",
      kernels: "the parts of a kernel: bindings, grid, passes, variants, splitting",
      "kernels/wgsl": "writing WGSL: specialising, unrolling, expressions, f16 storage",
      "kernels/basic": "kernels independent of a model: elementwise, reductions, copies, optimizer updates",
      "kernels/layers": "products, attention, norms, RoPE, cross-entropy, embeddings, custom kernels",
      "dependence/rules": "how tokens and bounds pass through operations",
      graph: "the recorded graph: nodes, leaves, the trie of structures, queries for lowering",
      tensor: "Tensor, the recorder, gradients, parameters",
      "ops/basic": "operations on any tensor: arithmetic, views, reductions, indexing, updates",
      "ops/layers": "operations of a model, one family a file",
      optim: "AdamW, Muon, SGD, clipping",
      "": "api.ts, which train.ts sees as `nn`",
      reference: "the same operations in float64, to test against",
      runtime: "devices, buffers, pipelines, programs, timestamps",
      tuner: "measures which variant of a kernel is fastest",
      "plan/analyse": "reads and writes of a step, fusion, values that may be f16",
      "plan/batch": "like products of several layers in one dispatch",
      "plan/memory": "lives of buffers, limits, bindings, f16 storage",
      "plan/emit": "the planner and the kernels it chooses",
      plan: "a finished plan, and the arithmetic a model asks for",
      engine: "the engine, its sessions, the GPU backend, profiles of a step",
      forward: "a forward pass as data: exported by the trainer, imported by the engine, proved causal",
      tape: "a training step as data: recorded without a device, checked, played on an engine",
    }),
    circle: ["graph", "tensor", "ops/basic", "ops/layers"],
  },
  {
    name: "prepare",
    holds: "the fixed half: corpus, tokenizer, batches, probes, score, sample",
    may: ["nn"],
    rooms: rooms({
      "": "api.ts, which train.ts sees as `prepare`",
      tokenizer: "byte-pair encoding",
      known: "texts that language models know by heart, recognised by hashes",
      corpus: "texts as shards of tokens, manifests, import, baselines",
      files: "a user's files of any kind as plain texts: gzip, zip, Parquet, folders",
      training: "batches and the budget of train.ts",
      score: "validation windows, probes, score, sample",
      device: "speed of the adapter, and the arena chosen from it",
    }),
  },
  {
    name: "runner",
    holds: "one run: frame, trainer, engine, protocol",
    may: ["prepare", "nn"],
    rooms: rooms({
      contract:
        "requests and results of a run, its reasons, and every message between its realms with the check of it",
      carried: "held-out text that a train.ts carries, found in a worker of its own",
      source: "train.ts as text: transpiled, marked line by line, its places",
      "": "the page's side of a run, the frame",
      engine: "the worker with the device: trains, examines and scores",
      wire: "the engine's messages over a WebSocket, for an engine that is elsewhere",
      trainer: "the worker in the sandbox that runs train.ts",
      talk: "a scored model that writes: its file, its worker",
    }),
  },
  {
    name: "arenas",
    holds: "work that has a score: bin packing, circle packing, travelling salesman, tables",
    may: ["runner"],
    rooms: rooms({
      contract: "the parts of an arena: manifest, instances, evaluator, first candidate",
      realm: "the sandbox of a candidate: counted in ticks, data in and data out; in the browser or in Node",
      run: "a candidate on a split, and as a run of the loop",
      "bin-packing": "online bin packing",
      "circle-packing": "circles in the unit square",
      "travelling-salesman": "the travelling salesman in the plane",
      tables: "a table with a target: CSV or Parquet, learned from some rows, scored on others",
      own: "an arena of the user's own: its manifest, and its evaluator in a realm of its own",
      "": "the arenas by name",
      check: "whether an arena is ready for a night",
    }),
  },
  {
    name: "repo",
    holds: "git in the browser, its store, bundles",
    may: [],
    rooms: rooms({
      storage: "durable bytes: IndexedDB, volume, the lab's lock",
      objects: "git's objects, packs and bundles",
      history: "studies, commits, trees, import and export",
    }),
  },
  {
    name: "researchers",
    holds: "researchers, which propose the next train.ts: built-in, random, language models",
    may: [],
    rooms: rooms({
      "": "the brief of a researcher, and its proposal",
      source: "reads train.ts: constants, search space, normal form",
      "builtin/edits": "the catalogue of structural edits",
      builtin: "the built-in researcher and random search",
      "model/keys": "providers, keys, money",
      "model/wire": "requests to providers, failures, retries",
      "model/material": "the contents of a prompt, fitted to the context",
      "model/answer": "an answer in any form that models give, as a change of train.ts",
      "model/prompt/sections": "one section of a prompt a file",
      "model/prompt": "the prompt",
      "model/conversation": "a conversation from brief to proposal",
    }),
  },
  {
    name: "seed",
    holds: "the `train.ts` and `program.md` a study starts with",
    may: ["nn", "prepare"],
    mayInWords: "types of `nn`, `prepare`",
    rooms: rooms({ "": "train.ts and how its constants are set" }),
  },
  {
    name: "research",
    holds: "the loop, verdict, journal, notebook, the lab's worker and its client",
    may: ["researchers", "repo", "arenas", "runner", "prepare", "nn", "seed"],
    rooms: rooms({
      verdict: "the statistics of keep and discard",
      contract: "the record of an experiment; the messages between page and lab: state, commands, settings",
      texts: "texts from the network: downloaded, resumed, kept in the browser",
      study: "the stored parts of a study: records, journal, notebook, texts",
      check: "the type check of train.ts, in a worker",
      researchers: "the study's researcher: choice, approval, memory, calls, keys",
      models: "the weights of scored models: kept in the browser, dropped where room is short",
      experiment: "one experiment: runs in turn, verdict, commit",
      loop: "experiment after experiment: propose, prefetch, repair",
      arenas: "studies of other arenas than the GPT's, and what the loop runs any study with",
      claims: "verifying a result, ablation, merging edits",
      safety: "protection against loss: damage, rescue, copies, room in the store",
      lab: "the worker: commands in, state out",
      page: "the page's side: client, content policy, login",
    }),
  },
  {
    name: "ui",
    holds: "React, and nothing but",
    may: ["research"],
    mayInWords: "`research`'s client and types",
    rooms: rooms({
      recording: "a recorded night, to explore and replay without a GPU",
      state: "the page's state and its words",
      drawing: "the chart as geometry: ranges, marks, labels",
      report: "the report of a study, as text, HTML and a picture",
      actions: "everything a person can do",
      frame: "header, notices, buttons",
      chart: "progress of a study",
      editors: "program.md, train.ts, differences",
      panels: "corpus, device, report, settings of the page",
      talk: "scored models that write",
      live: "the loss of the current run",
      now: "the current activity, and the form that begins a study",
      dialogs: "help, palette, new study",
      researcher: "the researcher's settings, notes and transcripts",
      table: "the list of experiments",
      selected: "the selected experiment, or two beside each other",
      "": "App, panels and functions of the whole page",
    }),
  },
];

/** The tables of folders and rooms for ARCHITECTURE.md. */
export function foldersAsMarkdown(): string {
  const folders = FOLDERS.map(({ name, holds, may, mayInWords }) => [
    `\`src/${name}/\``,
    holds,
    mayInWords ?? (may.length > 0 ? may.map((one) => `\`${one}\``).join(", ") : "–"),
  ]);
  const inside = FOLDERS.filter((folder) => folder.rooms.length > 1).flatMap((folder) =>
    folder.rooms.map(({ path, holds }) => [`\`${folder.name}/${path}\``, holds]),
  );
  return [
    table(
      ["folder", "holds", "may import"],
      [["`shaders/`", "WGSL, one kernel family a file", "–"], ...folders],
    ),
    "Inside a folder, from the ground up; a room imports the rooms above it in this list:",
    table(["room", "holds"], inside),
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((c, i) => c.padEnd(widths[i])).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
