const jsonColumns = ["tool_calls", "ext", "mcpdetail", "provider_data", "failure"];

/** A page as the driver alone reads it: session, number below which it lies, owner, how many. */
export const rawPage =
  "select * from messages where session_id = ? and seq < ? and active = 1 and owner_id = ? order by seq desc limit ?";

export function parseJson(row: Record<string, unknown>): Record<string, unknown> {
  for (const column of jsonColumns) {
    const value = row[column];
    if (typeof value === "string") row[column] = JSON.parse(value);
  }
  return row;
}
