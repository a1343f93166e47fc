// Matrices in float64 for the golden model: rows of numbers and the few products it needs, without any code of the
// engine.

/** [rows, columns], row after row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export function matrix(rows: number, columns: number, data = new Float64Array(rows * columns)): Matrix {
  return { rows, columns, data };
}

export function at(m: Matrix, row: number, column: number): number {
  return m.data[row * m.columns + column] ?? NaN;
}

export function set(m: Matrix, row: number, column: number, value: number): void {
  m.data[row * m.columns + column] = value;
}

export function transpose(m: Matrix): Matrix {
  const out = matrix(m.columns, m.rows);
  for (let i = 0; i < m.rows; i++) for (let j = 0; j < m.columns; j++) set(out, j, i, at(m, i, j));
  return out;
}

export function times(a: Matrix, b: Matrix): Matrix {
  const out = matrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < b.columns; j++) {
      let sum = 0;
      for (let k = 0; k < a.columns; k++) sum += at(a, i, k) * at(b, k, j);
      set(out, i, j, sum);
    }
  return out;
}

/** Applies f to each element and its index; the result is a new matrix of the same shape. */
export function each(m: Matrix, f: (value: number, i: number) => number): Matrix {
  return matrix(m.rows, m.columns, m.data.map(f));
}

export function plus(a: Matrix, b: Matrix): Matrix {
  return each(a, (value, i) => value + (b.data[i] ?? NaN));
}
