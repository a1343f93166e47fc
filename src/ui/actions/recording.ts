// Actions of the recorded night: to open it, to play it, to leave it. It opens by the page's address, so that no lab
// runs beside it.

import type { Action } from "./action.ts";
import type { PageState } from "../state/store.ts";
import { isRunning } from "./conditions.ts";

const isRecording = (page: PageState): boolean => page.playback !== null;

export const recordingActions: readonly Action[] = [
  {
    id: "explore-recording",
    group: "Page",
    label: () => "Explore an example of a night",
    also: "demo example sample tour",
    available: (page) => !isRecording(page) && !isRunning(page),
    run: ({ browser }) => {
      browser.visit("?recording");
    },
  },
  {
    id: "play",
    group: "Page",
    label: ({ playback }) => {
      if (playback?.playing === true) return "Pause the recording";
      return playback !== null && playback.at < playback.total
        ? "Play the recording"
        : "Replay the recording";
    },
    available: isRecording,
    run: ({ page, player }) => {
      player?.play(page.getState().playback?.playing !== true);
    },
  },
  {
    id: "leave-recording",
    group: "Page",
    label: () => "Leave the recording",
    available: isRecording,
    run: ({ browser }) => {
      browser.visit("?");
    },
  },
];
