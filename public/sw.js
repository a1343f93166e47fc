// Keeps the page's own files in the browser, so that it opens and runs without a network after the first visit. The build
// writes the list of files and its hash into the two constants (scripts/vite-offline.ts); the text has a store of its own.

/** @type {string} */
const VERSION = "development";
/** @type {string[]} */
const FILES = [];

const PREFIX = "overnight-page-";
const CACHE = PREFIX + VERSION;
/** A host that does not answer in this time [ms] is taken for away. */
const PATIENCE = 4000;
const here = (path) => new URL(path, self.registration.scope).href;

addEventListener("install", (event) => {
  event.waitUntil(keepAll());
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  // One after the other: a run may be under way.
  for (const file of FILES) {
    const kept = file.startsWith("assets/") ? await caches.match(here(file)) : undefined;
    await cache.put(here(file), kept ?? (await fetched(file)));
  }
  await self.skipWaiting();
}

async function fetched(file) {
  const response = await fetch(here(file), { cache: "no-cache" });
  if (!response.ok) throw new Error(`${file}: the host answers ${response.status}`);
  return response;
}

addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      // The version before stays: a page of it may be open and still load a part of itself.
      const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
      for (const name of names.slice(0, -1)) await caches.delete(name);
      await clients.claim();
    })(),
  );
});

addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const path = url.startsWith(here("")) ? url.slice(here("").length).split(/[?#]/)[0] : null;
  if (method !== "GET" || path === null || path.startsWith("corpus/")) return;
  if (path.startsWith("assets/")) event.respondWith(keptFirst(event.request));
  else if (path === "" || FILES.includes(path)) event.respondWith(hostFirst(event.request, path));
});

/** The name of a file in assets/ holds its hash: what is kept is what the host has. */
async function keptFirst(request) {
  return (await caches.match(request.url)) ?? fetch(request);
}

/** What the host has now, or what is kept while it is away. */
async function hostFirst(request, path) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(here(path === "" ? "index.html" : path));
  const answer = await fromHost(request, kept === undefined ? null : PATIENCE);
  const response = answer ?? kept ?? Response.error();
  return path === "sandbox.html" ? sandboxed(response) : response;
}

async function fromHost(request, patience) {
  const signal = patience === null ? null : AbortSignal.timeout(patience);
  try {
    const response = await fetch(request, { signal });
    return response.ok || response.status === 304 ? response : null;
  } catch {
    return null; // the network is off, or the host is stopped
  }
}

/** The frame of train.ts has an opaque origin whoever hosts it: the header does what its frame element may not. */
async function sandboxed(response) {
  if (response.type === "error") return response;
  const headers = new Headers(response.headers);
  headers.append("Content-Security-Policy", "sandbox allow-scripts");
  return new Response(await response.arrayBuffer(), { status: 200, headers });
}
