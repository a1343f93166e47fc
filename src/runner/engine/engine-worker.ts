// The entry of the scorer: a worker of the page's origin, one question at a time.
import { parseScorerCommand, type ScorerMessage } from "../contract/protocol.ts";
import { openScorerEngine } from "./engine.ts";
import { Scorer } from "./scorer.ts";

const say = (message: ScorerMessage) => postMessage(message);
const scorer = new Scorer(openScorerEngine, say, () => performance.now());

let turn: Promise<void> = Promise.resolve();
addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  const command = parseScorerCommand(data);
  if (command.type === "close") scorer.leave();
  turn = turn.then(() => scorer.answer(command));
});
// A long compilation sends no other message: the lab must see that the scorer still works.
setInterval(() => say({ type: "alive" }), 5000);
