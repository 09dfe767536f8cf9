/** Expected reasons not to start: one line, no stack. */
const expected = new Set(["ConfigError", "DatabaseInUse", "DatabaseTooNew", "DatabaseDiverged", "DatabaseUnusable"]);

/** Why chatee did not start, as a person can act on it; a stack only for what nobody expected. */
export function explainStart(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (expected.has(error.name)) return error.message;
  const code = codeOf(error);
  if (code === "EADDRINUSE")
    return `${error.message.replace(/^listen EADDRINUSE: /, "")}. Is chatee running already? Choose another with CHATEE_SERVER__PORT.`;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return error.message;
  return error.stack ?? error.message;
}

/** Whether another port would do, or a person has to look first; anything else may be over at the next try. */
export function kindOfStartFailure(error: unknown): "port" | "setup" | "other" {
  if (!(error instanceof Error)) return "other";
  if (codeOf(error) === "EADDRINUSE") return "port";
  return expected.has(error.name) ? "setup" : "other";
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
