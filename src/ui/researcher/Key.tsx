// The key: held in the lab's memory alone, or kept in this browser under a passphrase. Asks for a reload if the page's
// content policy does not allow the provider yet.

import { useState } from "react";
import type { ModelsView, SealedKeys } from "../../research/index.ts";
import { allowedSources, leaveForLogin, rememberSources } from "../../research/page/client.ts";
import { useActions } from "../actions/context.ts";
import { lineOf } from "../state/format.ts";
import { useAsk } from "./ask.ts";
import { partsOf } from "./Choice.tsx";
import { Failure } from "./Failure.tsx";

const SEALED = "overnight:sealed-keys";

export function Key({ models }: { readonly models: ModelsView }) {
  const closed = models.sources.filter((source) => !allowedSources().includes(source));
  if (closed.length > 0) return <Reload sources={models.sources} />;
  const { provider } = partsOf(models.settings.researcher);
  return provider === "prompt-api" ? <Test /> : <KeyForm models={models} provider={provider} />;
}

/** A policy cannot be widened without a reload. */
function Reload({ sources }: { readonly sources: readonly string[] }) {
  return (
    <p className="warning" data-testid="policy-reload">
      This page may only connect to where it came from. To reach {sources.join(" and ")} it has to be loaded
      again; a running study goes on by itself. Enter the key afterwards.{" "}
      <button
        type="button"
        className="button button-plain"
        data-testid="allow-host"
        onClick={() => {
          rememberSources(sources, localStorage);
          location.reload();
        }}
      >
        Allow it and reload
      </button>
    </p>
  );
}

function KeyForm({ models, provider }: { readonly models: ModelsView; readonly provider: string }) {
  const { storage } = useActions();
  const [key, setKey] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [sealed, setSealed] = useState(storage.getItem(SEALED));
  const [loginFailure, setLoginFailure] = useState<string | null>(null);
  const { busy, failure, ask } = useAsk();
  const page = models.providers.find(({ id }) => id === provider)?.keyPage ?? null;
  const seal = async () => {
    const answer = await ask({ type: "seal", passphrase });
    if (answer === undefined || answer === null) return;
    const text = JSON.stringify(answer);
    storage.setItem(SEALED, text);
    setSealed(text);
    setPassphrase("");
  };
  return (
    <div className="researcher-key">
      {provider === "bridge" && <HowToStart model={models.settings.researcher} />}
      <div className="fields">
        <div className="field">
          <label htmlFor="researcher-key">
            {provider === "bridge" ? "Token" : "Key"}{" "}
            {models.hasKey ? "(there is one, in memory)" : "(kept in memory only)"}
          </label>
          <input
            id="researcher-key"
            data-testid="researcher-key"
            type="password"
            autoComplete="off"
            value={key}
            onChange={(event) => {
              setKey(event.target.value);
            }}
          />
        </div>
        <div className="field">
          <label htmlFor="researcher-passphrase">Passphrase, to keep it in this browser</label>
          <input
            id="researcher-passphrase"
            type="password"
            autoComplete="off"
            value={passphrase}
            onChange={(event) => {
              setPassphrase(event.target.value);
            }}
          />
        </div>
      </div>
      <div className="button-row">
        <button
          type="button"
          className="button button-plain"
          data-testid="researcher-key-set"
          disabled={busy || key.trim() === ""}
          onClick={() => {
            void ask({ type: "key", key }).then(() => {
              setKey("");
            });
          }}
        >
          Use this key
        </button>
        <button
          type="button"
          className="button button-plain"
          disabled={busy || !models.hasKey || passphrase === ""}
          onClick={() => void seal()}
        >
          Encrypt and keep
        </button>
        {sealed !== null && (
          <>
            <button
              type="button"
              className="button button-plain"
              disabled={busy || passphrase === ""}
              onClick={() => {
                const kept = JSON.parse(sealed) as SealedKeys;
                void ask({ type: "unlock", sealed: kept, passphrase }).then(() => {
                  setPassphrase("");
                });
              }}
            >
              Unlock
            </button>
            <button
              type="button"
              className="button button-link"
              onClick={() => {
                storage.removeItem(SEALED);
                setSealed(null);
              }}
            >
              Delete the kept keys
            </button>
          </>
        )}
        {provider === "openrouter" && (
          <button
            type="button"
            className="button button-plain"
            data-testid="openrouter-login"
            onClick={() => {
              leaveForLogin(models.settings.capDollars).catch((error: unknown) => {
                setLoginFailure(lineOf(error));
              });
            }}
          >
            Log in with OpenRouter, limit ${models.settings.capDollars}
          </button>
        )}
        {page !== null && (
          <a href={page} target="_blank" rel="noreferrer">
            Get a key
          </a>
        )}
      </div>
      <Failure text={failure ?? loginFailure} />
      <Test />
    </div>
  );
}

/** The page cannot start the bridge, so it shows the command. */
function HowToStart({ model }: { readonly model: string }) {
  return (
    <p className="help" data-testid="bridge-start">
      Start it in the folder of this lab: <code>npm run bridge -- {partsOf(model).model}</code>. Then open the
      link it prints, or paste its token here. The agent is asked without tools, in an empty folder.
    </p>
  );
}

function Test() {
  const [words, setWords] = useState<{ ok: boolean; words: string } | null>(null);
  const { busy, failure, ask } = useAsk();
  const test = async () => {
    setWords(null);
    const answer = await ask({ type: "test", page: location.href });
    if (answer && "ok" in answer) setWords(answer);
  };
  return (
    <div>
      <button
        type="button"
        className="button button-plain"
        data-testid="researcher-test"
        disabled={busy}
        onClick={() => void test()}
      >
        {busy ? "Asking…" : "Test the connection"}
      </button>
      {words !== null && (
        <p className={words.ok ? "facts" : "failure"} role="status" data-testid="researcher-connection">
          {words.words}
        </p>
      )}
      <Failure text={failure} />
    </div>
  );
}
