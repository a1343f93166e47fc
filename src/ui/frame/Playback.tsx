// The controls of a recorded night: play, speed, position.

import { useActions, useLab, usePage } from "../actions/context.ts";
import { clock, count, plural } from "../state/format.ts";
import { SPEEDS } from "../recording/playback.ts";
import { ActionButton } from "./ActionButton.tsx";

export function Playback() {
  const { player } = useActions();
  const now = usePage((page) => page.playback);
  const study = useLab((lab) => lab.study, null);
  const device = useLab((lab) => lab.device, null);
  const shown = useLab((lab) => lab.experiments.length, 0);
  if (now === null || study === null || player === null) return null;
  const { budgetTokens, budgetSeconds } = study.settings;
  const each = budgetTokens > 0 ? `${count(budgetTokens)} tokens` : `${count(budgetSeconds)} seconds`;
  const day = new Date(study.createdAt).toLocaleDateString("en-GB", { dateStyle: "long" });
  const where = device?.software === true ? "a processor without a GPU" : (device?.description ?? "a GPU");
  return (
    <div className="banner banner-calm playback" role="region" aria-label="Recording" data-testid="playback">
      <h2>A recording</h2>
      <p>
        A real study of {day}: the built-in researcher on {where}, {each} of training for each experiment.
        Explore it like your own; nothing of it is kept here.
      </p>
      <div className="button-row">
        <ActionButton
          action="play"
          kind="primary"
          testId="play"
          short={now.playing ? "Pause" : now.at < now.total ? "Play" : "Replay"}
        />
        <label>
          Speed{" "}
          <select
            value={now.speed}
            onChange={(event) => {
              player.setSpeed(Number(event.target.value));
            }}
          >
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
        <ActionButton action="leave-recording" kind="link" short="Leave" />
      </div>
      <label className="playback-at">
        <input
          type="range"
          min={0}
          max={now.total}
          step={1}
          value={now.at}
          aria-label="Position in the night"
          aria-valuetext={`${clock(now.at)} of ${clock(now.total)}, ${plural(shown, "experiment")}`}
          onChange={(event) => {
            player.seek(Number(event.target.value));
          }}
        />
        <span className="quiet mono">
          {clock(now.at)} of {clock(now.total)}
        </span>
      </label>
    </div>
  );
}
