// pnpm --filter @chatee/desktop package: the desktop app for the system this runs on, in apps/desktop/dist/packages.
// Builds everything, lays out the app's folder, and hands it to electron-builder, which fetches Electron's program then
// and not before. `--stage <folder>` only lays out the folder. Other arguments go to electron-builder.
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
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
const sharp = "apps/server/node_modules/sharp";
const pty = `@lydell/node-pty-${platform}-${arch}`;
const packages = [
  { name: "better-sqlite3", of: "apps/server", leavesOut: /\/(deps|src)(\/|$)|\.gyp$/ },
  { name: "swagger-ui-dist", of: "apps/server", leavesOut: /\.map$|\.txt$|es-bundle/ },
  { name: "@lydell/node-pty", of: "apps/desktop", leavesOut: /\.d\.ts$|node_modules$/ },
  { name: pty, of: "apps/desktop/node_modules/@lydell/node-pty", leavesOut: /(?!)/ },
  { name: "sharp", of: "apps/server", leavesOut: /\/(src|install)(\/|$)|\.d\.[cm]?ts$|node_modules$/ },
  ...["@img/colour", "detect-libc", "semver", ...sharpCode()].map((name) => ({
    name,
    of: sharp,
    leavesOut: /\.d\.ts$/,
  })),
];

/** sharp's native code: on Windows one package, elsewhere two. */
function sharpCode() {
  const code = [`@img/sharp-${platform}-${arch}`];
  return platform === "win32" ? code : [...code, `@img/sharp-libvips-${platform}-${arch}`];
}

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

/** Some packages export their `package.json`, some under another name, some only what they are for. */
function find(name, of) {
  const { resolve } = createRequire(join(realpathSync(join(root, of)), "package.json"));
  for (const entry of [`${name}/package.json`, `${name}/package`, name]) {
    try {
      return packageOf(name, resolve(entry));
    } catch (error) {
      if (error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error;
    }
  }
  throw new Refusal(`${name} does not tell where it is`);
}

function packageOf(name, file) {
  const folder = dirname(file);
  const manifest = join(folder, "package.json");
  const read = existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")) : {};
  return read.name === name ? { folder, version: read.version } : packageOf(name, folder);
}

/** better-sqlite3 brings its native code for every system. */
function isOfThisSystem(file) {
  const [, system] = /[\\/]prebuilds[\\/]([a-z0-9-]+)\.node$/.exec(file) ?? [];
  return system === undefined || system.replace("musl", "") === `${platform}-${arch}`;
}
