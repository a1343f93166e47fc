// The capabilities of the model on its server: learned, or set by the human. Each can be changed.

import { useState } from "react";
import type { Capability, ModelsView } from "../../research/index.ts";
import { useAsk } from "./ask.ts";
import { Failure } from "./Failure.tsx";

const NAMES: Readonly<Record<Capability["name"], string>> = {
  tools: "Calls tools",
  system: "Has a system role",
  stream: "Streams its answer",
  streamOptions: "Takes stream_options",
  maxTokens: "Takes max_tokens",
  context: "Context in tokens, prompt and answer together (0: not known)",
  promptTokens: "Longest prompt in tokens",
  answerTokens: "Longest answer in tokens",
};

export function Capabilities({ models }: { readonly models: ModelsView }) {
  const { failure, ask } = useAsk();
  const learned = models.capabilities.filter(({ from }) => from === "learned").length;
  const write = (name: Capability["name"], value: boolean | number | null) =>
    void ask({ type: "capability", name, value });
  return (
    <details className="detail-part" data-testid="capabilities">
      <summary>
        What {models.model} can do{learned > 0 && `: ${learned} learned`}
      </summary>
      <Failure text={failure} />
      <table className="plain-table">
        <tbody>
          {models.capabilities.map((one) => (
            <tr key={one.name} data-testid={`capability-${one.name}`} data-from={one.from}>
              <td>{NAMES[one.name]}</td>
              <td>
                {typeof one.value === "boolean" ? (
                  <input
                    type="checkbox"
                    aria-label={NAMES[one.name]}
                    checked={one.value}
                    onChange={(event) => {
                      write(one.name, event.target.checked);
                    }}
                  />
                ) : (
                  <Size
                    key={one.value}
                    name={NAMES[one.name]}
                    value={one.value}
                    onValue={(value) => write(one.name, value)}
                  />
                )}
              </td>
              <td className="quiet">{wordsOf(one)}</td>
              <td>
                {one.from !== "default" && (
                  <button
                    type="button"
                    className="button button-plain"
                    onClick={() => {
                      write(one.name, null);
                    }}
                  >
                    As usual
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

const wordsOf = ({ from, why }: Capability): string =>
  from === "default" ? "as usual" : from === "set" ? "set here" : `learned: ${why}`;

interface SizeProps {
  readonly name: string;
  readonly value: number;
  readonly onValue: (value: number) => void;
}

/** A number that is saved when the field loses the focus. */
function Size({ name, value, onValue }: SizeProps) {
  const [text, setText] = useState(String(value));
  return (
    <input
      aria-label={name}
      inputMode="numeric"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      onBlur={() => {
        if (text.trim() !== String(value)) onValue(Number(text));
      }}
    />
  );
}
