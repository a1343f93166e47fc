// The controls of a recorded night: play, speed, position.

import { useActions, useLab, usePage } from "../actions/context.ts";
import { clock, count, plural } from "../state/format.ts";
import { SPEEDS } from "../recording/playback.ts";
import { ActionButton } from "./ActionButton.tsx";

export function Playback() {
  const { player } = useActions();
  const now = usePage((page) => page.playback);
  const study = useLab((lab) => lab.study, null);
  const device = useLab((lab) => lab.device?.description ?? "", "");
  const shown = useLab((lab) => lab.experiments.length, 0);
  if (now === null || study === null || player === null) return null;
  const { budgetTokens, budgetSeconds } = study.settings;
  const each = budgetTokens > 0 ? `${count(budgetTokens)} tokens` : `${count(budgetSeconds)} seconds`;
  return (
    <div className="banner banner-calm playback" role="region" aria-label="Recording" data-testid="playback">
      <h2>A recorded night, not your study</h2>
      <p>
        The lab ran it on {device === "" ? "another machine" : device}: {each} of training for each
        experiment. Explore it like a study of your own; nothing of it is kept here.
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
