// A language model in the running lab: a scripted server on this machine proposes an edit, and the lab runs it.
import { expect, test } from "@playwright/test";
import { startProvider } from "../providers/server.ts";
import { newStudy, openLab, openPanel, row, smallText, tinyTrain, useText, verdict } from "./lab.ts";

const KEY = "sk-test-0123456789abcdefABCDEF-xyz";

test("a language model: the policy lets it in, it proposes, its proposal runs, and all that was sent can be read", async ({
  page,
}) => {
  const server = await startProvider();
  try {
    await openLab(page, "?vocab=256");
    await openPanel(page, "researcher");
    await page.getByTestId("researcher-provider").selectOption("compatible");
    await page.getByTestId("researcher-model").fill("model");
    await page.getByTestId("researcher-address").fill(server.address.compatible);
    await page.getByTestId("researcher-choose").click();

    // Until the page is reloaded, its policy keeps page and lab from reaching the server.
    await expect(page.getByTestId("policy-reload")).toBeVisible();
    const kept = await page.evaluate(() => window.overnight.models({ type: "test", page: location.href }));
    expect(kept).toMatchObject({ ok: false });
    expect(server.probes).toHaveLength(0);
    await page.getByTestId("allow-host").click();
    await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });

    await openPanel(page, "researcher");
    await page.getByTestId("researcher-key").fill(KEY);
    await page.getByTestId("researcher-key-set").click();
    server.play({ text: "ready" });
    await page.getByTestId("researcher-test").click();
    await expect(page.getByTestId("researcher-connection")).toContainText("answered in");

    await useText(page, smallText());
    const submit = {
      hypothesis: "A higher rate: 0.0001 hardly moves in so few tokens",
      expected: "lower",
      falsify: "not lower",
      category: "optimizer",
      edits: [{ search: "const RATE = 0.0001;", replace: "const RATE = 0.02;" }],
    };
    server.play({ tools: [{ name: "submit", input: submit }], usage: { input: 4_000, output: 200 } });
    await openPanel(page, "researcher");
    await page.getByTestId("researcher-note").fill("Please look at the rate first.");
    await page.getByRole("button", { name: "Add note" }).click();
    await expect(page.getByTestId("notes")).toContainText("the rate first");
    await newStudy(page, { train: tinyTrain(0.0001) });
    expect(await verdict(page, 0)).toBe("keep");
    expect(await verdict(page, 1)).toBe("keep");

    const state = await page.evaluate(() => window.overnight.state());
    expect(state.experiments[1].researcher).toBe("compatible:model");
    expect(state.models?.money.night.calls).toBe(2); // the test and the proposal
    expect(state.models?.earned[0]).toMatchObject({ name: "compatible:model", kept: 1 });
    expect(state.models?.notes).toEqual([]);
    expect(JSON.stringify(state)).not.toContain(KEY);

    // The page shows exactly the text that the server got: program, manual, notebook, note; the key is only in the
    // header.
    const sent = server.received.at(-1);
    expect(JSON.stringify(sent?.headers)).toContain(KEY);
    expect(sent?.text).not.toContain(KEY);
    await page.keyboard.press("Escape");
    await row(page, 1).click();
    await page.getByTestId("tab-prompt").click();
    await page.getByTestId("transcript").locator("summary").click();
    const shown = page.getByTestId("transcript");
    for (const text of [
      "const RATE = 0.0001",
      "# Manual",
      "crossEntropy",
      "Please look at the rate first.",
    ]) {
      expect(sent?.text).toContain(text);
      await expect(shown).toContainText(text);
    }
    await page.screenshot({ path: "test-results/researcher.png", fullPage: true });
  } finally {
    await server.close();
  }
});
