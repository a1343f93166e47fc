// Only windows have the browser's own language model, so the lab's worker asks the page for it. Most labs never do, so
// its code is loaded with the first request, and requests wait until then.

export function servePromptApiWhenAsked(port: MessagePort): void {
  const waiting: MessageEvent[] = [];
  port.onmessage = (event: MessageEvent) => {
    if (waiting.push(event) > 1) return;
    void import("../../researchers/index.ts").then(({ servePromptApi }) => {
      servePromptApi(port);
      for (const { data, ports } of waiting) {
        port.dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
      }
    });
  };
}
