// What a file in a package's src may import and name. Knows the arrows between the packages and TypeScript's syntax
// tree; must not read files.

import { posix } from "node:path";
import ts from "typescript";

/** A file of a package, by its path from the repository's root, such as packages/core/src/server.ts. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Packages listed in the package.json beside src. */
  readonly listed: readonly string[];
}

interface Rule {
  /** Whether a module that is not a relative path may be imported. */
  readonly allows: (specifier: string, listed: readonly string[]) => boolean;
  /** Globals that may not be named. */
  readonly refuses?: readonly string[];
}

const FILE_LINES = 400;
const DRAWER = /(^|[-.])(utils?|helpers?|common|shared|misc)([-.]|$)/;
const RUNTIME_NAMES = ["Bun", "Deno"];
const PLATFORM_NAMES = [
  ...RUNTIME_NAMES,
  ..."process Buffer console performance fetch queueMicrotask".split(" "),
  ..."setTimeout setInterval setImmediate".split(" "),
];

const CORE_MODULES =
  "node:fs node:fs/promises node:path node:zlib node:stream node:stream/promises";
/** Modules of Node that Bun documents as implemented. */
const BUN_MODULES =
  "bun node:assert node:buffer node:diagnostics_channel node:dns node:dns/promises node:events node:fs " +
  "node:fs/promises node:net node:os node:path node:stream node:stream/promises node:string_decoder " +
  "node:timers node:timers/promises node:url node:zlib";

const PARSER = "@hyperlane-ts/parser";
const CORE = "@hyperlane-ts/core";

/** Whoever adds a package decides here what it may import. */
export const RULES: Readonly<Record<string, Rule>> = {
  "packages/parser": { allows: () => false, refuses: PLATFORM_NAMES },
  "packages/core": {
    allows: (specifier, listed) =>
      CORE_MODULES.split(" ").includes(specifier) || listed.includes(packageOf(specifier)),
    refuses: RUNTIME_NAMES,
  },
  "packages/adapter-node": { allows: (specifier) => specifier === CORE || isNode(specifier) },
  "packages/adapter-bun": {
    allows: (specifier) => specifier === CORE || BUN_MODULES.split(" ").includes(specifier),
  },
  "apps/hello": {
    allows: (specifier, listed) =>
      isNode(specifier) ||
      (listed.includes(packageOf(specifier)) && packageOf(specifier) !== PARSER),
  },
  "apps/bench": {
    allows: (specifier, listed) =>
      isNode(specifier) || specifier === "bun" || listed.includes(packageOf(specifier)),
  },
};

/** @returns one line per breach, starting with path and line */
export function violations(file: SourceFile): string[] {
  const found = [...shapeViolations(file)];
  if (/\.(test|bench)\.ts$/.test(file.path)) return found;
  const folder = file.path.split("/src/")[0] as string;
  const rule = RULES[folder];
  if (rule === undefined) return [...found, `${file.path}:1: no rule for ${folder}`];

  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const report = (node: ts.Node, finding: string): void => {
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
    found.push(`${file.path}:${line + 1}: ${finding}`);
  };
  for (const { fileName } of [...tree.typeReferenceDirectives, ...tree.referencedFiles]) {
    report(tree, `references ${fileName}`);
  }
  const visit = (node: ts.Node): void => {
    const specifier = importedBy(node);
    if (specifier !== undefined && !mayImport(file, rule, specifier)) {
      report(node, `imports ${specifier}`);
    }
    const name = privateName(node) ?? refusedName(node, rule);
    if (name !== undefined) report(node, `names ${name}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function* shapeViolations({ path, text }: SourceFile): Generator<string> {
  const lines = text.replace(/\n$/, "").split("\n").length;
  if (lines > FILE_LINES) yield `${path}:${lines}: more than ${FILE_LINES} lines`;
  const inSource = path.slice(path.indexOf("/src/") + 5);
  if (inSource.split("/").some((part) => DRAWER.test(part)))
    yield `${path}:1: a drawer, not a name`;
}

function mayImport({ path, listed }: SourceFile, rule: Rule, specifier: string): boolean {
  if (!specifier.startsWith(".")) return rule.allows(specifier, listed);
  const target = posix.join(posix.dirname(path), specifier);
  const source = `${path.split("/src/")[0]}/src/`;
  return target.startsWith(source) && !/\.test\.ts$/.test(target);
}

/** The module that a node imports, in any of the syntaxes; a computed one is never allowed. */
function importedBy(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isExportDeclaration(node)) return node.moduleSpecifier && textOf(node.moduleSpecifier);
  if (ts.isExternalModuleReference(node)) return textOf(node.expression);
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : "<computed>";
  }
  if (!ts.isCallExpression(node)) return undefined;
  const called = node.expression.getText();
  const loads =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    /^(require(\.resolve)?|import\.meta\.(require|resolve)|(.*\.)?getBuiltinModule)$/.test(called);
  return loads ? textOf(node.arguments[0]) : undefined;
}

function textOf(node: ts.Node | undefined): string {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : "<computed>";
}

/** A member that a runtime keeps to itself: `socket._handle`, `process.binding`. Ours are `#private`. */
function privateName(node: ts.Node): string | undefined {
  let name: string | undefined;
  if (ts.isPropertyAccessExpression(node)) {
    name = node.name.text;
    if (name === "binding" && node.expression.getText() === "process") return "process.binding";
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    name = node.argumentExpression.text;
  }
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    name = (node.propertyName ?? node.name).getText();
  }
  return name?.startsWith("_") ? name : undefined;
}

function refusedName(node: ts.Node, { refuses = [] }: Rule): string | undefined {
  if (!ts.isIdentifier(node) || !refuses.includes(node.text)) return undefined;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return parent.expression.getText() === "globalThis" ? node.text : undefined;
  }
  const isMember =
    ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isClassElement(parent);
  return isMember && parent.name === node ? undefined : node.text;
}

function isNode(specifier: string): boolean {
  return /^node:[a-z]/.test(specifier) && !specifier.startsWith("node:internal");
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
