import { defineConfig } from "vitest/config";

// better-sqlite3's binary crashes under older versions without a word, so nothing may get that far.
if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new Error(`tests need Node 24, this is ${process.version}: run "npm test", or node_modules/.bin/vitest`);
}

const sources = ["packages/*", "apps/*", "tooling", "bench"];
const special = ["contract", "http", "browser", "fault"] as const;

/** All test files of a kind; tests live beside what they test, or in the workspace's `test` folder. */
const ofKind = (kind: string) => sources.flatMap((source) => [`${source}/{src,test}/**/*.${kind}.{ts,tsx}`]);

export default defineConfig({
  test: {
    globalSetup: "./tooling/src/shared-services.ts",
    passWithNoTests: true,
    maxWorkers: 2,
    // What a file needs is loaded once per worker, not once per file: half the processor time.
    isolate: false,
    env: { NODE_ENV: "test" },
    testTimeout: 15_000,
    hookTimeout: 30_000,
    // What must come true may take its time on a busy machine; it ends as soon as it is.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ofKind("test"),
          exclude: special.flatMap((kind) => ofKind(`${kind}.test`)),
        },
      },
      { extends: true, test: { name: "contract", include: ofKind("contract.test"), testTimeout: 30_000 } },
      { extends: true, test: { name: "http", include: ofKind("http.test"), testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: "browser",
          include: ofKind("browser.test"),
          testTimeout: 90_000,
          hookTimeout: 90_000,
          isolate: true,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // They kill processes and wait for what must follow: after all the others, and more at a time, for they mostly wait.
        extends: true,
        test: {
          name: "fault",
          include: ofKind("fault.test"),
          testTimeout: 180_000,
          hookTimeout: 60_000,
          isolate: true,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
