// The terms of the page, each explained in a sentence or two.

export const GLOSSARY = {
  "bits per byte":
    "The score: how many bits the model needs for one byte of text it has never seen. 8 is knowing nothing; lower is better.",
  baseline: "Experiment 0: the first candidate as it is. Everything later is measured against it.",
  best: "The candidate with the lowest score so far, also called the incumbent: the one to beat.",
  kept: "Better than the best of its moment, beyond the noise between seeds. It became the new best.",
  discarded: "It ran, but was not better beyond the noise.",
  crashed: "It threw, diverged, ran out of memory or did not finish.",
  invalid: "It saw hidden data, such as the next token. Its score does not count.",
  "seed noise":
    "The same candidate scores a little differently under every seed. A difference inside the band may be luck.",
  "P(better)": "The probability that it really is better, given its runs and the noise between seeds.",
  "held-out test": "Text that no researcher and no verdict sees. It shows whether the gain is real.",
  "control text": "A second text a gain must show on, so that nothing tuned to the validation text is kept.",
  rehearsal: "A few steps on noise before the clock starts: they compile the kernels and find crashes early.",
} as const;

export type Word = keyof typeof GLOSSARY;
