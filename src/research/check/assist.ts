// Help while train.ts is written, from the same language service as the type check: completions, types on hover,
// parameters of a call, and formatting.
import type { VirtualTypeScriptEnvironment } from "@typescript/vfs";
import ts from "typescript";
import type { AssistAnswer, AssistQuestion } from "../contract/lab-state.ts";
import { FILE, plainNames } from "./type-check.ts";

const MAX_COMPLETIONS = 200;

const LAYOUT: ts.FormatCodeSettings = {
  indentSize: 2,
  tabSize: 2,
  convertTabsToSpaces: true,
  indentStyle: ts.IndentStyle.Smart,
  insertSpaceAfterCommaDelimiter: true,
  insertSpaceAfterKeywordsInControlFlowStatements: true,
  insertSpaceBeforeAndAfterBinaryOperators: true,
  insertSpaceAfterOpeningAndBeforeClosingNonemptyBraces: true,
  semicolons: ts.SemicolonPreference.Ignore,
};

/** Answers questions about a train.ts; null where there is nothing to say. Positions count UTF-16 units from 0. */
export function assistant({ languageService: service, updateFile }: VirtualTypeScriptEnvironment) {
  return (question: AssistQuestion): AssistAnswer | null => {
    updateFile(FILE, question.source === "" ? "\n" : question.source);
    switch (question.kind) {
      case "complete":
        return completions(service, question.source, question.position);
      case "hover":
        return hover(service, question.position);
      case "signature":
        return signature(service, question.position);
      case "format":
        return { kind: "format", source: formatted(service, question.source) };
    }
  };
}

function completions(service: ts.LanguageService, source: string, position: number): AssistAnswer | null {
  const found = service.getCompletionsAtPosition(FILE, position, {});
  if (found === undefined) return null;
  const typed = /[\w$]*$/.exec(source.slice(0, position))?.[0] ?? "";
  // A name that is declared in train.ts comes before those of the language.
  const options = [...found.entries]
    .filter(({ kind, name }) => kind !== ts.ScriptElementKind.warning && name.startsWith(typed.slice(0, 1)))
    .sort((a, b) => a.sortText.localeCompare(b.sortText) || a.name.localeCompare(b.name))
    .slice(0, MAX_COMPLETIONS)
    .map(({ name, kind }) => ({ label: name, kind }));
  return { kind: "complete", from: position - typed.length, options };
}

function hover(service: ts.LanguageService, position: number): AssistAnswer | null {
  const found = service.getQuickInfoAtPosition(FILE, position);
  if (found === undefined) return null;
  const { start, length } = found.textSpan;
  return {
    kind: "hover",
    from: start,
    to: start + length,
    text: plainNames(ts.displayPartsToString(found.displayParts)),
    about: ts.displayPartsToString(found.documentation),
  };
}

function signature(service: ts.LanguageService, position: number): AssistAnswer | null {
  const found = service.getSignatureHelpItems(FILE, position, undefined);
  const item = found?.items[found.selectedItemIndex];
  if (found === undefined || item === undefined) return null;
  const words = (parts: readonly ts.SymbolDisplayPart[]) => plainNames(ts.displayPartsToString([...parts]));
  const names = item.parameters.map(({ displayParts }) => words(displayParts));
  const separator = words(item.separatorDisplayParts);
  const prefix = words(item.prefixDisplayParts);
  const before = names.slice(0, found.argumentIndex);
  const from = prefix.length + before.reduce((sum, name) => sum + name.length + separator.length, 0);
  return {
    kind: "signature",
    text: prefix + names.join(separator) + words(item.suffixDisplayParts),
    from,
    to: from + (names[found.argumentIndex]?.length ?? 0),
    about: words(item.documentation),
  };
}

function formatted(service: ts.LanguageService, source: string): string {
  const edits = service.getFormattingEditsForDocument(FILE, LAYOUT);
  return [...edits]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce(
      (text, { span, newText }) => text.slice(0, span.start) + newText + text.slice(span.start + span.length),
      source,
    );
}
