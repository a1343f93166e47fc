// The link printed by a bridge: the page removes agent and token from its address, and its content policy allows the
// bridge's origin and no other.
import { expect, test } from "@playwright/test";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOf } from "../../scripts/bridge/agents.ts";
import { openBridge } from "../../scripts/bridge/open-bridge.ts";
import { openLab, openPanel, scratch } from "./lab.ts";

const TOKEN = "a-token-of-this-test";

test("the link of a bridge makes its agent the researcher", async ({ page, baseURL }) => {
  const folder = scratch();
  const command = join(folder, "scripted");
  writeFileSync(command, "#!/bin/sh\ncat > /dev/null\necho ready\n");
  chmodSync(command, 0o755);
  const bridge = await openBridge({
    agent: agentOf([command]),
    port: 0,
    token: TOKEN,
    origin: baseURL ?? "",
    limits: { seconds: 60, bytes: 1 << 20 },
  });
  try {
    await openLab(page, `#bridge=scripted@${bridge.address}&token=${TOKEN}`);
    expect(page.url()).not.toContain(TOKEN);
    await openPanel(page, "researcher");
    await expect(page.getByTestId("bridge-start")).toContainText("npm run bridge -- scripted");
    await expect(page.getByTestId("prices")).toContainText("Price of bridge:scripted: subscription");
    await page.getByTestId("researcher-test").click();
    await expect(page.getByTestId("researcher-connection")).toContainText("scripted answered", {
      timeout: 60_000,
    });
    const models = await page.evaluate(() => window.overnight.state().models);
    expect(models?.settings.researcher).toBe(`bridge:scripted@${bridge.address}`);
    expect(models?.hasKey).toBe(true);
    expect(JSON.stringify(models)).not.toContain(TOKEN);
  } finally {
    await bridge.close();
    rmSync(folder, { recursive: true });
  }
  await page.getByTestId("researcher-test").click();
  await expect(page.getByTestId("researcher-connection")).toContainText(
    "start the bridge with npm run bridge -- scripted",
    { timeout: 60_000 },
  );
});
