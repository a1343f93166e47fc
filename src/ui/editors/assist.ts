// Help of the editor of train.ts, asked of the lab's language service: completions, types on hover, and the parameters
// of the call that is being written. Escape closes the parameters.

import { autocompletion, completionKeymap, type CompletionContext } from "@codemirror/autocomplete";
import { type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import type { AssistAnswer, AssistQuestion } from "../../research/index.ts";

export type Ask = (question: AssistQuestion) => Promise<AssistAnswer | null>;

type Signature = Extract<AssistAnswer, { kind: "signature" }>;

/** CodeMirror's icons, by TypeScript's kinds. */
const TYPES: Readonly<Record<string, string>> = {
  method: "method",
  function: "function",
  property: "property",
  getter: "property",
  const: "constant",
  let: "variable",
  var: "variable",
  parameter: "variable",
  class: "class",
  interface: "interface",
  type: "type",
  keyword: "keyword",
  module: "namespace",
};

const show = StateEffect.define<Tooltip | null>();
const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update: (tooltip, { effects }) =>
    effects.reduce<Tooltip | null>((now, effect) => (effect.is(show) ? effect.value : now), tooltip),
  provide: (field) => showTooltip.from(field),
});

/** Help is a convenience: while it cannot be had, the editor works without it. The type check shows the reason. */
const orNothing =
  (ask: Ask): Ask =>
  (question) =>
    ask(question).catch(() => null);

export function assistExtensions(given: Ask): Extension {
  const ask = orNothing(given);
  return [
    autocompletion({ override: [(context) => complete(ask, context)] }),
    hoverTooltip(async ({ state }, position) => {
      const answer = await ask({ kind: "hover", source: state.doc.toString(), position });
      if (answer?.kind !== "hover") return null;
      const { from, to, text, about } = answer;
      return { pos: from, end: to, above: true, create: () => ({ dom: explained(text, about) }) };
    }),
    shown,
    EditorView.updateListener.of(({ view, docChanged, selectionSet }) => {
      if (docChanged || selectionSet) void updateSignature(ask, view, docChanged);
    }),
    Prec.high(
      keymap.of([
        {
          key: "Escape",
          run: (view) => {
            if (view.state.field(shown) === null) return false;
            view.dispatch({ effects: show.of(null) });
            return true;
          },
        },
      ]),
    ),
    keymap.of(completionKeymap),
  ];
}

async function complete(ask: Ask, context: CompletionContext) {
  const before = context.matchBefore(/[\w$.]+$/);
  if (before === null && !context.explicit) return null;
  const source = context.state.doc.toString();
  const answer = await ask({ kind: "complete", source, position: context.pos });
  if (answer?.kind !== "complete" || answer.options.length === 0) return null;
  const options = answer.options.map(({ label, kind }) => ({ label, type: TYPES[kind] ?? "text" }));
  return { from: answer.from, options, validFor: /^[\w$]*$/ };
}

/** Asks after an opening bracket or a comma, and while the parameters are shown. */
async function updateSignature(ask: Ask, view: EditorView, typed: boolean): Promise<void> {
  const { state } = view;
  const position = state.selection.main.head;
  const isShown = state.field(shown) !== null;
  const begins = typed && /[(,]\s?$/.test(state.sliceDoc(Math.max(0, position - 2), position));
  if (!isShown && !begins) return;
  const answer = await ask({ kind: "signature", source: state.doc.toString(), position });
  if (view.state.doc !== state.doc || view.state.selection.main.head !== position) return; // a newer one follows
  const tooltip: Tooltip | null =
    answer?.kind === "signature"
      ? { pos: position, above: true, create: () => ({ dom: signatureOf(answer) }) }
      : null;
  view.dispatch({ effects: show.of(tooltip) });
}

function signatureOf({ text, from, to, about }: Signature): HTMLElement {
  const dom = explained("", about);
  const current = document.createElement("strong");
  current.textContent = text.slice(from, to);
  dom.firstElementChild?.append(text.slice(0, from), current, text.slice(to));
  return dom;
}

function explained(text: string, about: string): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "assist";
  const code = dom.appendChild(document.createElement("code"));
  code.textContent = text;
  if (about !== "") dom.appendChild(document.createElement("p")).textContent = about;
  return dom;
}
