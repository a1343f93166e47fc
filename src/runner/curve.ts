// The loss curve of one run: the page shows every point live, the record keeps a few hundred.

export type Point = readonly [seconds: number, loss: number];

/** Largest number of points kept: enough for a chart, small enough for a commit. */
const MAX_POINTS = 400;

/** Keeps means over equal numbers of steps, halving the resolution whenever it is full. */
export class Curve {
  #points: [seconds: number, loss: number][] = [];
  #stride = 1;
  #seconds = 0;
  #loss = 0;
  #count = 0;

  add(seconds: number, loss: number): void {
    this.#seconds += seconds;
    this.#loss += loss;
    if (++this.#count < this.#stride) return;
    this.#points.push([this.#seconds / this.#count, this.#loss / this.#count]);
    this.#seconds = this.#loss = this.#count = 0;
    if (this.#points.length < MAX_POINTS) return;
    const halved: [number, number][] = [];
    for (let i = 0; i + 1 < this.#points.length; i += 2) {
      const [a, b] = [this.#points[i], this.#points[i + 1]];
      halved.push([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
    }
    this.#points = halved;
    this.#stride *= 2;
  }

  /** [seconds of the clock, loss], in order. */
  points(): Point[] {
    const rest: Point[] = this.#count > 0 ? [[this.#seconds / this.#count, this.#loss / this.#count]] : [];
    return [...this.#points, ...rest].map(([s, l]) => [
      Math.round(s * 1000) / 1000,
      Math.round(l * 1e5) / 1e5,
    ]);
  }
}
