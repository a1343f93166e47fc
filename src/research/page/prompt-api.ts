// The browser's own language model lives in windows alone, so the lab's worker asks the page for it. Most labs never do:
// the code behind it comes with the first question, and what is asked meanwhile waits.

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
