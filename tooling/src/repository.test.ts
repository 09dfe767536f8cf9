import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { listRepositoryFiles, readRepositoryFile, repositoryRoot } from "./repository-files.ts";

const files = listRepositoryFiles();
const manifests = files.filter((path) => path === "package.json" || path.endsWith("/package.json"));

/** The `node` that a script of the package in this folder runs: package managers put these folders on the path first. */
function nodeOfScripts(folder: string): string {
  const bins = [join(repositoryRoot, folder, "node_modules/.bin"), join(repositoryRoot, "node_modules/.bin")];
  const path = [...bins, process.env["PATH"] ?? ""].join(delimiter);
  return execFileSync("node", ["--version"], { encoding: "utf8", env: { ...process.env, PATH: path } }).trim();
}

/** Words that would leave the pinned Node, or need a shell that is not everywhere. */
const strayCommand = /(^|[\s;&|])(npx|npm|yarn|bun|corepack|nvm|\/\S*node)(\s|$)/;

test("every script of every package runs on the Node that the lockfile pins", () => {
  const pinned = /^ {2}node@(24\.[\d.]+):$/m.exec(readRepositoryFile("pnpm-lock.yaml") ?? "")?.[1];
  expect(pinned).toMatch(/^24\./);
  for (const manifest of manifests) {
    const { scripts = {} } = JSON.parse(readRepositoryFile(manifest) ?? "{}") as { scripts?: Record<string, string> };
    const stray = Object.entries(scripts).filter(([, script]) => strayCommand.test(script));
    expect(stray, manifest).toEqual([]);
    if (Object.keys(scripts).length > 0) expect(nodeOfScripts(dirname(manifest)), manifest).toBe(`v${pinned}`);
  }
});

test("engines are compared with the Node that runs, not with the one that started the install", () => {
  const settings = readRepositoryFile("pnpm-workspace.yaml") ?? "";
  const pinned = /^ {2}node: (\S+)$/m.exec(settings)?.[1];
  expect(/^nodeVersion: (\S+)$/m.exec(settings)?.[1]).toBe(pinned);
});

test("Vitest itself runs on the pinned Node", () => {
  expect(process.versions.node.split(".")[0]).toBe("24");
});

test("what must run before the install needs nothing but Node's own modules", () => {
  const early = files.filter((path) => /^tooling\/[^/]+\.mjs$/.test(path));
  expect(early).toContain("tooling/start.mjs");
  for (const path of early) {
    const specifiers = [...(readRepositoryFile(path) ?? "").matchAll(/^import .* from "([^"]+)"/gm)].map(
      (match) => match[1],
    );
    expect(
      specifiers.filter((specifier) => !/^(node:|\.\/[\w-]+\.mjs$)/.test(specifier ?? "")),
      path,
    ).toEqual([]);
  }
});

test("every catalog version is exact, so that a fresh clone is this one", () => {
  const catalog = /\ncatalog:\n((?: {2}.*\n)+)/.exec(readRepositoryFile("pnpm-workspace.yaml") ?? "")?.[1] ?? "";
  const versions = catalog
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^.*: /, ""));
  expect(versions.length).toBeGreaterThan(10);
  // A package under a name of ours, which is how two versions of one stand side by side, is exact as well.
  expect(versions.filter((version) => !/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("the lockfile names no registry and no path of a machine", () => {
  const lockfile = readRepositoryFile("pnpm-lock.yaml") ?? "";
  expect(lockfile.split("\n").filter((line) => /https?:\/\/|tarball:|file:\/|resolved/.test(line))).toEqual([]);
});

test("no file names a folder of the machine it was written on", () => {
  const personal = /(?<![\w.:/])\/(?:home|Users|root|work)\/[\w.-]+/;
  const isText = /\.(ts|tsx|mts|mjs|js|json|jsonc|md|yaml|yml|css|html|sql|sh)$|^\.[^/]+$|^\.ci\//;
  const found = files
    .filter((path) => isText.test(path) && path !== "pnpm-lock.yaml")
    .filter((path) => personal.test(readRepositoryFile(path) ?? ""));
  expect(found).toEqual([]);
});

test("a fresh clone finds all that CI needs", () => {
  for (const path of [".ci/run", "README.md", "LICENSE", "pnpm-lock.yaml", "tooling/test.mjs"]) {
    expect(existsSync(join(repositoryRoot, path)), path).toBe(true);
    expect(files, path).toContain(path);
  }
});
