// A worker under the content policy of the page that starts it. Only a worker from a `blob:` inherits it; one that is loaded
// from an address has only the policy of its own response, which a static host does not send.

/** Starts a module by its absolute address. */
export function startWorker(address: string, name: string): Worker {
  const script = `import ${JSON.stringify(address)};`;
  const blob = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return new Worker(blob, { type: "module", name });
}
