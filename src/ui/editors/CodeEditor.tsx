// One CodeMirror editor as a React component. The text is in the page's store; a change from outside becomes a step of
// the editor's history, so that even a revert can be undone.

import { setDiagnostics, type Diagnostic as LintDiagnostic } from "@codemirror/lint";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Diagnostic } from "../../research/index.ts";
import type { Ask } from "./assist.ts";
import { editorExtensions, type Language } from "./code-mirror.ts";

export interface EditorProps {
  readonly text: string;
  readonly language: Language;
  readonly label: string;
  readonly readOnly: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** A place to move to and to focus, each time it is another object. */
  readonly goTo?: Diagnostic | null;
  /** Completions, types and parameters; the same function for the life of the editor. */
  readonly ask?: Ask;
  onChange(text: string): void;
}

export default function CodeEditor(props: EditorProps) {
  const { text, language, label, readOnly, diagnostics, goTo = null, ask, onChange } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  const first = useRef(text);
  useEffect(() => {
    changed.current = onChange;
    first.current = text;
  });
  useEffect(() => {
    if (host.current === null) return;
    const editor = new EditorView({
      parent: host.current,
      doc: first.current,
      extensions: editorExtensions({
        language,
        label,
        readOnly,
        onChange: (t) => {
          changed.current(t);
        },
        ...(ask && { ask }),
      }),
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, [language, label, readOnly, ask]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch(setDiagnostics(editor.state, placed(editor, diagnostics)));
  }, [diagnostics, text]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || goTo === null) return;
    const [place] = placed(editor, [goTo]);
    if (place === undefined) return;
    editor.dispatch({ selection: { anchor: place.from }, scrollIntoView: true });
    editor.focus();
  }, [goTo]);
  return <div ref={host} className="code-editor" />;
}

/** Diagnostics of lines and columns as ranges of the document; a place past the end marks the end. */
function placed(editor: EditorView, diagnostics: readonly Diagnostic[]): LintDiagnostic[] {
  const { doc } = editor.state;
  return diagnostics
    .map((d): LintDiagnostic => {
      const line = doc.line(Math.min(Math.max(1, d.line), doc.lines));
      const from = Math.min(line.from + Math.max(0, d.column - 1), line.to);
      const word = editor.state.wordAt(from);
      return { from, to: word?.to ?? line.to, severity: "error", message: d.message };
    })
    .sort((a, b) => a.from - b.from);
}
