// List prices with the day they were read; the human's own prices replace them.

import { useState } from "react";
import type { PriceRow } from "../../research/index.ts";
import { useAsk } from "./ask.ts";
import { partsOf } from "./Choice.tsx";
import { Failure } from "./Failure.tsx";

const MINE = "written by hand";

interface PricesProps {
  readonly rows: readonly PriceRow[];
  readonly model: string;
  /** The model's price, in words. */
  readonly price: string;
}

export function Prices({ rows, model, price }: PricesProps) {
  const { provider, model: name } = partsOf(model);
  const row = rows.find((one) => one.provider === provider && one.model === name);
  const [input, setInput] = useState("");
  const [output, setOutput] = useState("");
  const { failure, ask } = useAsk();
  const save = () => {
    const [a, b] = [Number(input), Number(output)];
    if (input === "" || output === "" || !(a >= 0) || !(b >= 0)) return;
    const read = new Date().toISOString().slice(0, 10);
    const mine = rows.filter((one) => one.source === MINE && one !== row);
    const id = provider as PriceRow["provider"];
    const written: PriceRow = { provider: id, model: name, input: a, output: b, read, source: MINE };
    void ask({ type: "prices", rows: [written, ...mine] });
  };
  return (
    <details className="detail-part" data-testid="prices">
      <summary>
        Price of {model}: {price}
      </summary>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <PriceField id="price-input" label="$ per million in" value={input} onValue={setInput} />
        <PriceField id="price-output" label="$ per million out" value={output} onValue={setOutput} />
        <button type="submit" className="button button-plain">
          Write this price
        </button>
      </form>
      <Failure text={failure} />
      <table className="plain-table">
        <caption>Dollars per million tokens</caption>
        <tbody>
          {rows.map((one) => (
            <tr key={`${one.provider} ${one.model}`}>
              <td>
                {one.provider}:{one.model}
              </td>
              <td>{one.input}</td>
              <td>{one.output}</td>
              <td>{one.read}</td>
              <td className="quiet">{one.source}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

interface PriceFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function PriceField({ id, label, value, onValue }: PriceFieldProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        inputMode="decimal"
        value={value}
        onChange={(event) => {
          onValue(event.target.value);
        }}
      />
    </div>
  );
}
