// npm run soak [-- loops [seed]]: kills a server at work, again and again, and says whether anything was lost or doubled.
// The same loop, shorter, is a test. Exit code 1 on a finding; the seed draws the same moments again.
import { runKillLoop } from "@chatee/server/test/kill-loop.ts";

const [loops = 300, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
if (!Number.isInteger(loops) || loops < 1 || !Number.isInteger(seed)) {
  console.error("usage: npm run soak [-- loops [seed]]");
  process.exit(2);
}

console.log(`${loops} loops, 20 clients, seed ${seed}`);
const startedMs = performance.now();
const report = await runKillLoop({
  loops,
  clients: 20,
  seed,
  onLoop(loop, { acknowledged, findings }) {
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    if (loop % 10 === 0 || findings > 0)
      console.log(`loop ${loop} of ${loops}, ${seconds} s: ${acknowledged} sends acknowledged, ${findings} findings`);
  },
});

console.log(
  `${report.kills} kills, ${report.sends} sends, ${report.acknowledged} acknowledged, ${report.interrupted} of them not at the first try, slowest recovery ${Math.round(report.slowestRecoveryMs)} ms after ready`,
);
for (const finding of report.findings) console.error(`FOUND: ${finding}`);
if (report.findings.length > 0) console.error(`the end of the last server's log:\n${report.log}`);
console.log(report.findings.length === 0 ? "nothing lost, nothing doubled" : `${report.findings.length} findings`);
// At once: after hundreds of killed connections Node may never be done with closing what is left of them.
process.exit(report.findings.length === 0 ? 0 : 1);
