import { expect, it, vi } from "vitest";
import type { LabClient } from "../contract/lab-state.ts";
import { readBridgeLink, useBridge } from "./bridge-link.ts";

const PAGE = "http://localhost:4600/?budget=20";

it("reads the agent and its token, and leaves neither in the address", () => {
  expect(readBridgeLink(`${PAGE}#bridge=claude@http://127.0.0.1:4601/v1&token=a-secret_1`)).toEqual({
    researcher: "bridge:claude@http://127.0.0.1:4601/v1",
    token: "a-secret_1",
    sources: ["http://127.0.0.1:4601"],
    clean: "/?budget=20",
  });
  expect(readBridgeLink(`${PAGE}#bridge=codex&token=t`)?.sources).toEqual(["http://127.0.0.1:4601"]);
});

it("leaves every other address alone", () => {
  for (const hash of ["", "#text", "#bridge=claude", "#token=t"]) {
    expect(readBridgeLink(PAGE + hash)).toBeNull();
  }
});

it.each([
  "claude@https://example.org/v1",
  "claude@http://127.0.0.1:4601@example.org/v1",
  "claude@http://127.0.0.1.example.org/v1",
  "claude@http://192.168.0.4:4601/v1",
])("refuses a bridge that is not on this machine: %s", (agent) => {
  expect(() => readBridgeLink(`${PAGE}#bridge=${agent}&token=t`)).toThrow(/on this machine/);
});

it("chooses the agent before it hands over the token, which belongs to it", async () => {
  const models = vi.fn(() => Promise.resolve(null));
  const client = { opened: () => Promise.resolve(), models } as unknown as LabClient;
  const link = readBridgeLink(`${PAGE}#bridge=claude&token=t`);
  if (link === null) throw new TypeError("no link was read");
  await useBridge(client, link);
  expect(models.mock.calls).toEqual([
    [{ type: "set", change: { researcher: "bridge:claude" } }],
    [{ type: "key", key: "t" }],
  ]);
});
