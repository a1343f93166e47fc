// An engine elsewhere gives the same bits as one here: the same train.ts trains, is probed and scored through a host in this
// process, and through a real WebSocket.
import { afterAll, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { type EngineServer, serveEngine } from "../../scripts/engine/serve-engine.ts";
import { Engine } from "../../src/nn/index.ts";
import { testGpu } from "../../src/nn/kernels/testing/dispatch.ts";
import { systemClock } from "../../src/runner/clock.ts";
import { EngineClient } from "../../src/runner/engine-client.ts";
import { openComputeEngine } from "../../src/runner/engine/engine.ts";
import { EngineHost } from "../../src/runner/engine/host.ts";
import { openRelay } from "../../src/runner/wire/relay.ts";
import { recordHere } from "../testing/train-here.ts";

const STEPS = 5;
const ORIGIN = "http://localhost:4600";
const TOKEN = "a-token-of-this-test";
const [seqLen, vocabSize, batch] = [16, 64, 2];

const SOURCE = `import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";
class Model {
  table = nn.parameter([VOCAB_SIZE, 24], nn.normal(0.1));
  head = nn.parameter([24, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    return nn.rmsNorm(nn.embedding(this.table, tokens)).matmul(this.head);
  }
}
const model = new Model();
const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.01 });
for await (const step of training(model)) {
  const { x, y } = step.batch(3);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
  if (step.index === ${STEPS}) break;
}
`;
const tokens = (n: number) => Uint16Array.from({ length: n }, (_, i) => (i * i + (i >> 3)) % vocabSize);
const starts = (n: number) => Uint32Array.from({ length: n }, (_, w) => w * seqLen);

const atTheEnd: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of atTheEnd.reverse()) await end();
});

type Connect = (say: (message: unknown) => void) => { post(message: unknown): void; close(): void };

/** The interface of the engine's worker over any connection. */
function workerOver(connect: Connect): Worker {
  const worker = new EventTarget() as Worker;
  const { post, close } = connect((data) => {
    setImmediate(() => worker.onmessage?.({ data } as MessageEvent<unknown>));
  });
  worker.postMessage = post;
  worker.terminate = close;
  return worker;
}

/** A host with its device, and the function that makes operations of this process go to that. */
async function openHost() {
  const gpu = await testGpu();
  const create = vi.spyOn(Engine, "create");
  const host = new EngineHost(() => openComputeEngine(gpu));
  await host.engine();
  const [{ value }] = create.mock.results as { value: Promise<Engine> }[];
  create.mockRestore();
  const engine = await value;
  return { host, activate: () => engine.activate() };
}

/** Trains, probes and scores. The trainer runs in this process too: `activate` gives operations back to the engine. */
async function score(client: EngineClient, activate: () => void) {
  await client.ask({
    type: "text",
    seqLen,
    batch,
    vocabSize,
    train: tokens(4000),
    validation: tokens(400),
    validationStarts: starts(7),
    test: tokens(90),
    testStarts: starts(2),
    control: new Uint16Array(0),
    controlStarts: new Uint32Array(0),
  });
  const { port1, port2 } = new MessageChannel();
  const begun = {
    type: "open",
    port: port2,
    tuning: "[]",
    seed: 7,
    budgetTokens: 0,
    tuneMs: 0,
    rehearsed: false,
  } as const;
  const opened = await client.ask(begun, [port2]);
  const take = (parameters: Uint32Array) => client.ask({ type: "take", parameters });
  const training = { source: SOURCE, steps: STEPS, tokens: tokens(4000), seqLen, vocabSize };
  const { graph, single, parameters } = await recordHere(port1, training, {
    rehearsed: (passes) => take(passes.parameters),
    ready: () => client.ask({ type: "begin", seconds: 1000 }),
  });
  const { weights, steps } = await take(parameters);
  const forward = { graph, single, weights: weights.slice() };
  activate();
  await client.ask({ type: "load", forward, lines: new Uint32Array(), singleLines: new Uint32Array() });
  const { probes } = await client.ask({ type: "probe", rehearsal: false, seconds: 1 });
  const { nats } = await client.ask({ type: "score", split: "validation", noise: 0.5, hidden: 8 });
  client.closeSession();
  port1.close();
  return {
    device: opened.device,
    steps,
    weights,
    nats,
    probes: probes.map(({ name, passed }) => [name, passed]),
  };
}

const bits = (array: Float32Array | Float64Array) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** A client over sockets; the newest one is the last of `sockets`. */
function overSocket({ address }: EngineServer) {
  const sockets: WebSocket[] = [];
  class FromPage extends WebSocket {
    constructor(to: string, protocols: string[]) {
      super(to, protocols, { origin: ORIGIN });
      sockets.push(this);
    }
  }
  const worker = () => workerOver((say) => openRelay({ address, token: TOKEN }, say, FromPage as never));
  const client = new EngineClient(worker, systemClock);
  atTheEnd.push(() => client.close());
  return { client, sockets };
}

it("trains and scores over a socket as in this process, to the last bit, and again after the connection broke", async () => {
  const local = await openHost();
  const here = new EngineClient(
    () =>
      workerOver((say) => {
        const { hear, leave } = local.host.connect(say);
        return { post: hear, close: leave };
      }),
    systemClock,
  );
  atTheEnd.push(() => here.close());
  const expected = await score(here, local.activate);
  expect(expected.steps).toBe(STEPS);
  expect(expected.nats.every((nats) => Number.isFinite(nats) && nats > 0)).toBe(true);
  here.close();

  const { host, activate } = await openHost();
  const server = await serveEngine({ host, port: 0, token: TOKEN, origin: ORIGIN, grace: 5000 });
  atTheEnd.push(() => server.close());
  const { client, sockets } = overSocket(server);
  const same = async () => {
    const { weights, nats, ...rest } = await score(client, activate);
    expect(bits(weights).equals(bits(expected.weights))).toBe(true);
    expect(bits(nats).equals(bits(expected.nats))).toBe(true);
    expect(rest).toEqual({ device: expected.device, steps: STEPS, probes: expected.probes });
  };
  await same();

  // In the middle of a session the page's end breaks off; the next question connects again and finds a clean engine.
  const { port2 } = new MessageChannel();
  await client.ask(
    { type: "open", port: port2, tuning: "[]", seed: 7, budgetTokens: 0, tuneMs: 0, rehearsed: false },
    [port2],
  );
  const lost: string[] = [];
  client.onLost = ({ message }) => void lost.push(message);
  const { generation } = client;
  sockets.at(-1)?.terminate();
  await expect.poll(() => lost).toEqual([`the connection to the engine at ${server.address} broke`]);
  expect(client.generation).toBe(generation + 1);
  await same();
}, 240_000);
