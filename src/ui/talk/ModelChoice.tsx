// One side of a conversation: which model writes there, and its weights to take away.

import { useId, useState } from "react";
import { modelZip } from "../../research/page/take-model.ts";
import { useActions } from "../actions/context.ts";
import { lineOf } from "../state/format.ts";

interface Props {
  readonly label: string;
  readonly study: string | null;
  readonly here: readonly number[];
  readonly value: number | null;
  readonly optional?: boolean;
  readonly nameOf: (number: number) => string;
  readonly choose: (number: number | null) => void;
}

export function ModelChoice({ label, study, here, value, optional = false, nameOf, choose }: Props) {
  const { browser } = useActions();
  const id = useId();
  const [failure, setFailure] = useState<string | null>(null);
  const save = () => {
    if (study === null || value === null) return;
    setFailure(null);
    modelZip(study, value).then(
      (zip) => {
        browser.download(`${study}-${value}.zip`, zip);
      },
      (error: unknown) => {
        setFailure(lineOf(error));
      },
    );
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value ?? ""}
        onChange={(event) => {
          choose(event.target.value === "" ? null : Number(event.target.value));
        }}
      >
        {optional && <option value="">none</option>}
        {here.map((number) => (
          <option key={number} value={number}>
            {nameOf(number)}
          </option>
        ))}
      </select>
      {value !== null && (
        <button
          type="button"
          className="button button-link"
          title="safetensors, configuration, tokenizer and a script that runs them"
          onClick={save}
        >
          Save #{value} as a zip
        </button>
      )}
      {failure !== null && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
    </div>
  );
}
