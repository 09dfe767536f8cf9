// The server as a bundle: an entry for the terminal, one for the desktop app, and a chunk for each part that is loaded
// only when it is used. What holds native code, or finds its own files, stays a package.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

/**
 * Taking one of these as an ES module asks it for everything it has, and Node then loads what we never use: all of
 * undici for the WebSocket of `node:http`, which was a tenth of a start. So only what is named here is asked for.
 */
const leanModules = {
  http: "Agent, IncomingMessage, Server, ServerResponse, STATUS_CODES, createServer, get, request",
  crypto:
    "createCipheriv, createDecipheriv, createHash, createHmac, hash, randomBytes, randomUUID, scrypt, timingSafeEqual",
};
/** Required by libraries for what they do for others: loaded when it is first touched. */
const lateModules = new Set(["assert", "http2", "https", "tls", "zlib"]);
const builtins = {
  name: "builtins",
  resolveId(id, _importer, { kind }) {
    const name = id.replace(/^node:/, "");
    if (kind === "import-statement" && name in leanModules) return `\0lean:${name}`;
    if (kind === "require-call" && lateModules.has(name)) return `\0late:${name}`;
    return name in leanModules || lateModules.has(name) ? { id: `node:${name}`, external: true } : null;
  },
  load(id) {
    const [kind, name] = id.split(":");
    const found = `process.getBuiltinModule("node:${name}")`;
    // Called for every route, and all of it is needed only to say what was wrong.
    if (id === "\0late:assert")
      return `module.exports = new Proxy((ok, ...rest) => ok || ${found}(ok, ...rest), { get: (_, key) => ${found}[key] });`;
    if (kind === "\0late") return `module.exports = new Proxy({}, { get: (_, key) => ${found}[key] });`;
    if (kind !== "\0lean") return null;
    return `const found = ${found};\nexport const { ${leanModules[name]} } = found;\nexport default found;`;
  },
};

/** Parts of Fastify that are never run here (see app.ts); they were a quarter of what a start reads. */
const unused = {
  "@fastify/ajv-compiler": "",
  "@fastify/fast-json-stringify-compiler": "",
  "light-my-request": "",
  // For pino's transports, which run in threads; ours writes by itself.
  "thread-stream": "export {};",
  // Lists a folder's files when they are served without a wildcard route; ours are sent one by one.
  glob: "export const glob = undefined;",
  // Compares the Fastify that a plugin wants with the one there is: both were chosen when this was built.
  semver: "export const satisfies = () => true; export const gt = () => false; export const coerce = (text) => text;",
};
const withoutUnused = {
  name: "without-unused",
  resolveId: (id) => (id in unused ? `\0unused:${id}` : null),
  load(id) {
    if (!id.startsWith("\0unused:")) return null;
    const name = id.slice("\0unused:".length);
    return unused[name] || `throw new Error("${name} is not part of the bundle");`;
  },
};

/** Node reads text that is all ASCII faster, and keeps it in half the memory. */
const asciiOnly = {
  name: "ascii-only",
  generateBundle(_options, bundle) {
    const escaped = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
    for (const chunk of Object.values(bundle))
      if (chunk.type === "chunk") chunk.code = chunk.code.replace(/[\u0080-\uffff]/g, escaped);
  },
};

const place = (relative) => fileURLToPath(new URL(relative, import.meta.url));
await rm(place("dist"), { recursive: true, force: true });
await build({
  input: {
    main: place("src/main.ts"),
    hosted: place("src/hosted.ts"),
    "pdf-text.worker": place("src/pdf-text.worker.ts"),
  },
  platform: "node",
  external: [/^node:(?!(assert|https?|http2|crypto|tls|zlib)$)/, "better-sqlite3", "sharp"],
  plugins: [builtins, withoutUnused, asciiOnly],
  output: {
    dir: place("dist"),
    format: "esm",
    entryFileNames: "[name].js",
    // Beside the entry: places of files are relative to the module that asks.
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  },
  logLevel: "warn",
});
