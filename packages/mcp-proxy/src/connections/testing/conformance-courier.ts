/** Started by the official client suite with its server's address; carries that to the client and waits until it is done. */
const [client = "", url = ""] = process.argv.slice(2);
const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_CONTEXT: context } = process.env;
const response = await fetch(client, { method: "POST", body: JSON.stringify({ url, scenario, context }) });
process.exitCode = response.ok ? 0 : 1;
