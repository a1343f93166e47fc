// The position in a recorded night, and the controls of its player.

export interface Playback {
  readonly playing: boolean;
  /** Recorded seconds in one second. */
  readonly speed: number;
  /** Recorded seconds since the night began. */
  readonly at: number;
  /** Length of the night [s]. */
  readonly total: number;
}

export interface Player {
  /** Plays or pauses; at the end it plays from the beginning. */
  play(on: boolean): void;
  setSpeed(speed: number): void;
  seek(at: number): void;
  /** Calls `listener` now and after every change; returns a function that stops it. */
  onPlayback(listener: (now: Playback) => void): () => void;
}

export const SPEEDS: readonly number[] = [10, 60, 300];
