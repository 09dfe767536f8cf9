// pnpm --filter @chatee/desktop package: the desktop app for the system this runs on, in apps/desktop/dist/packages.
// Builds everything, lays out the app's folder, and hands it to electron-builder, which fetches Electron's program then
// and not before. `--stage <folder>` only lays out the folder. Other arguments go to electron-builder.
import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Refusal, build, install, node24, pnpm, root, run, runMain } from "./workspace.mjs";

// Exact, as everything in the catalog is; it is no dependency, for its 300 packages are of no use to whoever runs chatee.
const builder = "electron-builder@26.17.0";
const desktop = join(root, "apps", "desktop");

/** The repository's folders that the app is made of, under the same names, so that every place stays where it is. */
const folders = [
  "apps/desktop/dist/main",
  "apps/desktop/dist/preload",
  "apps/desktop/dist/renderer",
  "apps/desktop/build/tray.png",
  "apps/desktop/build/tray@2x.png",
  "apps/server/dist",
  "apps/server/package.json",
  "packages/db/migrations",
];

/** Packages that are not in the bundles: native code, and files that are sent as they are. */
const { platform, arch } = process;
const pty = `@lydell/node-pty-${platform}-${arch}`;
const packages = [
  { name: "better-sqlite3", of: "apps/server", leavesOut: /\/(deps|src)(\/|$)|\.gyp$/ },
  { name: "swagger-ui-dist", of: "apps/server", leavesOut: /\.map$|\.txt$|es-bundle/ },
  { name: "@lydell/node-pty", of: "apps/desktop", leavesOut: /\.d\.ts$|node_modules$/ },
  { name: pty, of: "apps/desktop/node_modules/@lydell/node-pty", leavesOut: /(?!)/ },
];

await runMain(async () => {
  const args = process.argv.slice(2);
  const at = args.indexOf("--stage");
  if (at === -1) {
    await install();
    if ((await build()) !== 0) throw new Refusal("the build failed (see above)");
  }
  const code = await run(node24, ["build-electron.mjs"], { cwd: desktop });
  if (code !== 0) throw new Refusal("building the shell failed (see above)");
  if (at !== -1) return stage(args[at + 1] ?? join(desktop, "dist", "app"));
  stage(join(desktop, "dist", "app"));
  process.exitCode = await pnpm(["dlx", builder, "--config", "electron-builder.json", ...args], { cwd: desktop });
});

/** A folder with all that the app needs, and nothing else. */
function stage(target) {
  rmSync(target, { recursive: true, force: true });
  for (const path of folders) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(join(root, path), join(target, path), { recursive: true, filter: (file) => !file.endsWith(".map") });
  }
  const dependencies = {};
  for (const { name, of, leavesOut } of packages) {
    const { folder, version } = find(name, of);
    dependencies[name] = version;
    const kept = (file) => !leavesOut.test(file.slice(folder.length)) && isOfThisSystem(file.slice(folder.length));
    cpSync(folder, join(target, "node_modules", name), { recursive: true, filter: kept });
  }
  const { version, description, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const main = "apps/desktop/dist/main/main.js";
  const manifest = {
    name: "chatee",
    productName: "chatee",
    version,
    description,
    license,
    author: "chatee",
    type: "module",
  };
  writeFileSync(join(target, "package.json"), `${JSON.stringify({ ...manifest, main, dependencies }, null, 2)}\n`);
}

function find(name, of) {
  const file = createRequire(join(realpathSync(join(root, of)), "package.json")).resolve(`${name}/package.json`);
  return { folder: dirname(file), version: JSON.parse(readFileSync(file, "utf8")).version };
}

/** better-sqlite3 brings its native code for every system. */
function isOfThisSystem(file) {
  const [, system] = /[\\/]prebuilds[\\/]([a-z0-9-]+)\.node$/.exec(file) ?? [];
  return system === undefined || system.replace("musl", "") === `${platform}-${arch}`;
}
