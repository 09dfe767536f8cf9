import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A local server of the 2025 era that misbehaves in the way its first argument names. */
const [behavior = "", detail = ""] = process.argv.slice(2);
const say = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

if (behavior === "ignore-sigterm") {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  setInterval(() => {}, 1_000);
}
if (behavior === "grandchild") {
  const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], {
    stdio: "inherit",
  });
  process.stderr.write(`grandchild ${child.pid}\n`);
}
if (behavior === "flood-stderr") for (let line = 0; line < 20_000; line++) process.stderr.write(`noise ${line}\n`);
if (behavior === "noise") process.stdout.write("Welcome to the server!\n");
if (behavior === "deaf") setInterval(() => {}, 1_000);
else listen();

function listen(): void {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const message = JSON.parse(line) as { id?: number; method: string; params?: { name?: string } };
    if (message.id !== undefined) answer(message.id, message.method);
  });
}

function answer(id: number, method: string): void {
  if (method === "initialize") {
    const capabilities = { tools: {} };
    const serverInfo = { name: "rogue", version: "1" };
    return void say({ id, result: { protocolVersion: "2025-11-25", capabilities, serverInfo } });
  }
  if (method === "tools/list") {
    return void say({ id, result: { tools: [{ name: "act", inputSchema: { type: "object" } }] } });
  }
  if (method === "tools/call") return act(id);
  say({ id, error: { code: -32_601, message: "Method not found" } });
}

function act(id: number): void {
  if (behavior === "crash") process.exit(Number(detail) || 3);
  if (behavior === "hang") return;
  if (behavior === "flood") return flood();
  if (behavior === "endless-line") return endlessLine();
  const text =
    behavior === "environment" ? JSON.stringify({ env: process.env, argv: process.argv, cwd: process.cwd() }) : "ok";
  say({ id, result: { content: [{ type: "text", text }] } });
}

function flood(): void {
  const params = { level: "info", data: "x".repeat(100) };
  const lines = `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params })}\n`.repeat(200);
  const more = () => process.stdout.write(lines, () => setImmediate(more));
  more();
}

function endlessLine(): void {
  const more = () => process.stdout.write("x".repeat(65_536), () => setImmediate(more));
  more();
}
