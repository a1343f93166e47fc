// The manual that a researcher reads: the exports of `nn` and `prepare` with their documentation. It omits internal
// names, which train.ts cannot use.
import ts from "typescript";

/** `files` by path, as `virtual:typings` gives them; the standard library is left out. */
export function manualOf(files: Readonly<Record<string, string>>): string {
  return (["nn", "prepare"] as const)
    .map((name) => {
      const declared = exportsOf(files, `/src/${name}/api.d.ts`).map(textOf);
      return `// from "${name}"\n${declared.join("\n")}`;
    })
    .join("\n\n");
}

/** The declarations of the names that an api file exports, in its order. */
function exportsOf(files: Readonly<Record<string, string>>, path: string): ts.Statement[] {
  return parse(files, path).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return isExported(statement) ? [statement] : [];
    const { exportClause: names, moduleSpecifier: from } = statement;
    if (!names || !ts.isNamedExports(names) || !from || !ts.isStringLiteral(from)) return [];
    const target = new URL(from.text, `file://${path}`).pathname.replace(/\.ts$/, ".d.ts");
    const found = parse(files, target).statements;
    return names.elements.flatMap(({ name }) => found.filter((one) => namesOf(one).includes(name.text)));
  });
}

function parse(files: Readonly<Record<string, string>>, path: string): ts.SourceFile {
  return ts.createSourceFile(path, files[path] ?? "", ts.ScriptTarget.ES2023, true);
}

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return named && statement.name ? [statement.name.text] : [];
}

/** A declaration with its documentation, without private and @internal members. */
function textOf(statement: ts.Statement): string {
  const source = statement.getSourceFile();
  const from = documentedStart(statement);
  const members =
    ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement) ? statement.members : [];
  let text = "";
  let at = from;
  for (const member of members) {
    if (!isInternal(member)) continue;
    text += source.text.slice(at, member.getFullStart());
    at = member.getEnd();
  }
  text += source.text.slice(at, statement.getEnd());
  return text.replace(/import\("[^"]+"\)\./g, "").trim();
}

/** The start of a statement's doc comment, or of the statement. A comment at the head of the file does not count. */
function documentedStart(statement: ts.Statement): number {
  const comments = ts.getJSDocCommentsAndTags(statement);
  return comments[0]?.getStart() ?? statement.getStart();
}

function isInternal(member: ts.ClassElement | ts.TypeElement): boolean {
  const hidden = ts.canHaveModifiers(member)
    ? (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
    : false;
  const name = member.name?.getText() ?? "";
  return hidden || name.startsWith("#") || /@internal/.test(member.getFullText());
}
