// The choice of a researcher: the built-in one, random search, or a language model by provider, name and address.

import { useState } from "react";
import type { ModelsView } from "../../research/index.ts";
import { useAsk } from "./ask.ts";
import { Failure } from "./Failure.tsx";

/** `anthropic:MODEL`, `compatible:MODEL@URL`, as the lab spells a model. */
function specOf(provider: string, model: string, address: string): string {
  if (provider === "builtin" || provider === "random") return provider;
  return `${provider}:${model.trim()}${address.trim() === "" ? "" : `@${address.trim()}`}`;
}

export function partsOf(spec: string): { provider: string; model: string; address: string } {
  const colon = spec.indexOf(":");
  if (colon < 0) return { provider: spec, model: "", address: "" };
  const rest = spec.slice(colon + 1);
  const at = rest.search(/@https?:\/\//);
  const provider = spec.slice(0, colon);
  return at < 0
    ? { provider, model: rest, address: "" }
    : { provider, model: rest.slice(0, at), address: rest.slice(at + 1) };
}

export function Choice({ models }: { readonly models: ModelsView }) {
  const { settings, providers } = models;
  const saved = partsOf(settings.researcher);
  const [provider, setProvider] = useState(saved.provider);
  const [model, setModel] = useState(saved.model);
  const [address, setAddress] = useState(saved.address);
  const { busy, failure, ask } = useAsk();
  const named = provider !== "builtin" && provider !== "random";
  const spec = specOf(provider, model, address);
  return (
    <form
      className="researcher-choice"
      onSubmit={(event) => {
        event.preventDefault();
        void ask({ type: "set", change: { researcher: spec } });
      }}
    >
      <div className="fields">
        <div className="field">
          <label htmlFor="researcher-provider">Researcher</label>
          <select
            id="researcher-provider"
            data-testid="researcher-provider"
            value={provider}
            onChange={(event) => {
              setProvider(event.target.value);
            }}
          >
            <option value="builtin">Built-in (no key, offline)</option>
            <option value="random">Random search</option>
            {providers.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </div>
        {named && provider !== "prompt-api" && (
          <div className="field">
            <label htmlFor="researcher-model">
              {provider === "bridge" ? "Agent: claude, codex, gemini or any command" : "Model"}
            </label>
            <input
              id="researcher-model"
              data-testid="researcher-model"
              value={model}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => {
                setModel(event.target.value);
              }}
            />
          </div>
        )}
        {named && provider !== "prompt-api" && (
          <div className="field">
            <label htmlFor="researcher-address">
              {provider === "compatible" ? "Address" : "Address, if not the provider’s own"}
            </label>
            <input
              id="researcher-address"
              data-testid="researcher-address"
              value={address}
              placeholder={provider === "compatible" ? "http://localhost:11434/v1" : ""}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => {
                setAddress(event.target.value);
              }}
            />
          </div>
        )}
      </div>
      <div className="button-row">
        <button
          type="submit"
          className="button button-plain"
          data-testid="researcher-choose"
          disabled={busy || spec === settings.researcher}
        >
          {spec === settings.researcher ? "In use" : "Use this researcher"}
        </button>
      </div>
      <Failure text={failure} />
      <Dials models={models} />
    </form>
  );
}

/** Share, cap, approval, patience: they apply at once. */
function Dials({ models: { settings, model } }: { readonly models: ModelsView }) {
  const { failure, ask } = useAsk();
  const set = (change: Partial<ModelsView["settings"]>) => void ask({ type: "set", change });
  return (
    <>
      <div className="fields">
        {model !== null && (
          <div className="field">
            <label htmlFor="researcher-share">
              Share of proposals from the model: {Math.round(100 * settings.share)} %
            </label>
            <input
              id="researcher-share"
              data-testid="researcher-share"
              type="range"
              min={0}
              max={1}
              step={0.05}
              value={settings.share}
              onChange={(event) => {
                set({ share: Number(event.target.value) });
              }}
            />
          </div>
        )}
        {model !== null && (
          <NumberDial
            id="researcher-cap"
            label="Spending limit per night ($)"
            value={settings.capDollars}
            onValue={(capDollars) => {
              set({ capDollars });
            }}
          />
        )}
        <NumberDial
          id="researcher-wait"
          label="Wait for a proposal from outside [s]"
          value={settings.waitSeconds}
          onValue={(waitSeconds) => {
            set({ waitSeconds });
          }}
        />
        <NumberDial
          id="researcher-patience"
          label="Plateau after … experiments without a gain"
          value={settings.patience}
          onValue={(patience) => {
            set({ patience });
          }}
        />
      </div>
      <label className="check">
        <input
          type="checkbox"
          data-testid="researcher-approve"
          checked={settings.approve}
          onChange={(event) => {
            set({ approve: event.target.checked });
          }}
        />{" "}
        Ask me before a proposal runs
      </label>
      <Failure text={failure} />
    </>
  );
}

interface NumberDialProps {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly onValue: (value: number) => void;
}

function NumberDial({ id, label, value, onValue }: NumberDialProps) {
  const [text, setText] = useState<string | null>(null);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        data-testid={id}
        inputMode="decimal"
        value={text ?? String(value)}
        onChange={(event) => {
          setText(event.target.value);
        }}
        onBlur={() => {
          if (text !== null && text.trim() !== "") onValue(Number(text));
          setText(null);
        }}
      />
    </div>
  );
}
