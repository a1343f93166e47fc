// The lab warns of a text that language models know by heart when a study begins, and shows this while it is open.
import { expect, it } from "vitest";
import { browser, quick, tab } from "../testing/lab-in-a-tab.ts";

it.each([
  ["known by heart", { name: "A Play", share: 0.184 }],
  ["all my own work", null],
])("reports a text that is %s on the page, in the log and in the study's event", async (text, known) => {
  const { lab, events, state, until } = tab(browser());
  await lab.open();
  await lab.command({ type: "import-corpus", files: [{ file: new Blob([text]), name: "play.txt" }] });
  expect(state().corpus?.known).toEqual(known);
  await lab.command({ type: "new-study", settings: { ...quick, experiments: 1 } });
  await until(({ phase }) => phase === "idle");
  const words = "18 % of A Play was found in this text, which language models know by heart";
  const notices = events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  expect(notices.filter((line) => line.startsWith(words))).toHaveLength(known === null ? 0 : 1);
  expect(state().notices.some(({ text: line, level }) => level === "warning" && line.startsWith(words))).toBe(
    known !== null,
  );
  expect(events.find((event) => event.type === "study")).toMatchObject({ known: known && known.name });
});
