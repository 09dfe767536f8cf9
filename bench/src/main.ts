import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { appendBench } from "./benches/append.bench.ts";
import { coldStartBench } from "./benches/cold-start.bench.ts";
import { fanOutBench } from "./benches/fan-out.bench.ts";
import { firstLoadBench } from "./benches/first-load.bench.ts";
import { longThreadBench } from "./benches/long-thread.bench.ts";
import { messagePageBench } from "./benches/message-page.bench.ts";
import { pageCallBench } from "./benches/page-call.bench.ts";
import { relayBench } from "./benches/relay.bench.ts";
import { runLoopBench } from "./benches/run-loop.bench.ts";
import { secondWindowBench } from "./benches/second-window.bench.ts";
import { typedCallBench } from "./benches/typed-call.bench.ts";
import { isMet } from "./measure.ts";
import type { Bar, Measurement } from "./measure.ts";

const benches = [
  coldStartBench,
  typedCallBench,
  appendBench,
  runLoopBench,
  fanOutBench,
  messagePageBench,
  pageCallBench,
  relayBench,
  firstLoadBench,
  secondWindowBench,
  longThreadBench,
];
const results = fileURLToPath(new URL("../results", import.meta.url));

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean" } } });
const isQuick = values.quick ?? false;
const unknown = positionals.filter((word) => !benches.some(({ name }) => name.includes(word)));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(", ")}; there are ${benches.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const chosen = benches.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);
let missed = 0;
for (const bench of chosen) {
  const startedMs = performance.now();
  const measurements: Measurement[] = [];
  console.log(`\n${bench.name}`);
  show(["", "chatee", "reference", "ratio", "bar", ""]);
  try {
    for await (const measurement of bench.run({ isQuick })) {
      measurements.push(measurement);
      const verdict = measurement.bar === null ? "" : isMet(measurement) ? "ok" : "miss";
      const { name, measured, reference, ratio, bar } = measurement;
      show([name, measured, reference, ratio?.toFixed(2) ?? "", toText(bar), verdict]);
    }
    missed += measurements.filter((measurement) => !isMet(measurement)).length;
    await keep(bench.name, measurements);
  } catch (error) {
    missed++;
    console.error(`${bench.name} failed`, error);
  }
  console.log(`  (${((performance.now() - startedMs) / 1000).toFixed(0)} s)`);
}
process.exit(missed > 0 ? 1 : 0);

function show(cells: string[]): void {
  const widths = [48, 14, 48, 5, 6, 4];
  console.log(`  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

function toText(bar: Bar | null): string {
  if (bar === null) return "";
  return "atLeast" in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`;
}

async function keep(bench: string, measurements: Measurement[]): Promise<void> {
  await mkdir(results, { recursive: true });
  const [processor] = cpus();
  const machine = { node: process.version, processor: processor?.model ?? "", processors: cpus().length };
  const text = JSON.stringify({ bench, isQuick, at: new Date().toISOString(), machine, measurements }, null, 2);
  await writeFile(`${results}/${bench}.json`, `${text}\n`);
}
