// The page's set-up of CodeMirror: the notebook's colours, line numbers, history, search, and no folding of text. Tab
// indents; Escape then Tab leaves, as CodeMirror advises, so that the keyboard is never trapped.

import { closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { markdown } from "@codemirror/lang-markdown";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Ask, assistExtensions } from "./assist.ts";

export type Language = "markdown" | "typescript";

const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.comment, tags.quote], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.string, tags.number, tags.bool, tags.null], color: "var(--code-literal)" },
  { tag: [tags.typeName, tags.className], color: "var(--code-type)" },
  { tag: tags.heading, fontWeight: "600", color: "var(--ink)" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--code-keyword)" },
]);

const theme = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--ink)", fontSize: "0.78125rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.6rem 0" },
  ".cm-line": { padding: "0 0.6rem" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--ink-3)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--wash)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-panels": { backgroundColor: "var(--paper)", color: "var(--ink)", borderColor: "var(--rule)" },
  ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--rule-2)" },
  ".cm-searchMatch": { backgroundColor: "var(--selection)" },
  ".cm-textfield, .cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
  },
});

/** The extensions of one editor. `label` is its accessible name. */
export function editorExtensions(options: {
  readonly language: Language;
  readonly label: string;
  readonly readOnly: boolean;
  onChange(text: string): void;
  /** Absent: an editor without help. */
  readonly ask?: Ask;
}): Extension {
  const code = options.language === "typescript";
  return [
    highlightActiveLine(),
    drawSelection(),
    history(),
    bracketMatching(),
    highlightSelectionMatches(),
    indentUnit.of("  "),
    code
      ? [
          lineNumbers(),
          highlightActiveLineGutter(),
          javascript({ typescript: true }),
          lintGutter(),
          closeBrackets(),
        ]
      : [markdown(), EditorView.lineWrapping],
    syntaxHighlighting(highlight),
    theme,
    options.ask && !options.readOnly ? assistExtensions(options.ask) : [],
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
    EditorState.readOnly.of(options.readOnly),
    EditorView.contentAttributes.of({
      "aria-label": options.label,
      tabindex: "0", // also when it is read-only
      "aria-description": "Press Escape, then Tab, to leave the editor.",
      spellcheck: code ? "false" : "true",
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.onChange(update.state.doc.toString());
    }),
  ];
}
