import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { ConfigError, Hidden, parseConfig } from "./config.ts";

test("with nothing said, chatee runs on loopback with its own database and asks for a token", () => {
  const config = parseConfig(null, {});
  expect(config.server).toMatchObject({ host: "127.0.0.1", port: 3002, debug: false });
  expect(config.auth.mode).toBe("token");
  expect(config.mysql.enabled).toBe(false);
  expect(config.redis.enabled).toBe(false);
});

test("a file with every key is read, and the environment wins over it", () => {
  const file = parse(`
server: { host: 0.0.0.0, port: 3002, debug: false }
mysql: { enabled: true, host: localhost, port: 3306, user: root, password: xxx, database: chatee, pool_size: 10 }
redis: { enabled: true, host: localhost, port: 6379, db: 0 }
cors: { origins: ["http://localhost:5174", "http://localhost:3000"] }
mcp: { proxy_timeout: 90, health_check_interval: 30 }
research: { upload_max_mb: 512, max_form_parts: 20000 }
`) as unknown;
  const config = parseConfig(file, {
    CHATEE_SERVER__PORT: "4000",
    CHATEE_SERVER__DEBUG: "true",
    CHATEE_MYSQL__ENABLED: "false",
    CHATEE_CORS__ORIGINS: "https://a.example, https://b.example/",
    CHATEE_MCP__ALLOW_ADDRESSES: "10.0.0.0/8,::1",
    CHATEE_DATA_DIR: "/somewhere",
    PATH: "/bin",
  });
  expect(config.server).toMatchObject({ host: "0.0.0.0", port: 4000, debug: true });
  expect(config.mysql).toMatchObject({ enabled: false, pool_size: 10 });
  expect(config.mysql.password.reveal()).toBe("xxx");
  expect(config.cors.origins).toEqual(["https://a.example", "https://b.example"]);
  expect(config.mcp.allow_addresses).toEqual(["10.0.0.0/8", "::1"]);
});

test("a section that is named and left empty means its defaults", () => {
  expect(parseConfig({ server: null, mcp: {} }, {}).server.port).toBe(3002);
});

test.each([
  [{ server: { prt: 1 } }, {}, "config.yaml: server.prt: there is no such setting"],
  [{ sever: {} }, {}, "config.yaml: sever: there is no such setting"],
  [{ server: { port: "abc" } }, {}, /^config\.yaml: server\.port: /],
  [{ server: 5 }, {}, /^config\.yaml: server: /],
  [[], {}, "config.yaml: must hold keys and values"],
  ["words", {}, "config.yaml: must hold keys and values"],
  [null, { CHATEE_SERVER__PORT: "70000" }, /^CHATEE_SERVER__PORT: /],
  [null, { CHATEE_SERVER__PRT: "1" }, "CHATEE_SERVER__PRT: there is no such setting"],
  [null, { CHATEE_PORT: "1" }, "CHATEE_PORT: there is no such setting"],
  [null, { CHATEE_A__B__C: "1" }, "CHATEE_A__B__C: there is no such setting"],
  [null, { CHATEE_MYSQL__ENABLED: "perhaps" }, /^CHATEE_MYSQL__ENABLED: /],
  [null, { CHATEE_CORS__ORIGINS: "https://a.example/path" }, /^CHATEE_CORS__ORIGINS: .*origin/],
  [{ mcp: { allow_addresses: ["10.0.0.0/40"] } }, {}, /^config\.yaml: mcp\.allow_addresses\.0: /],
  [null, { CHATEE_AUTH__MODE: "none", CHATEE_SERVER__HOST: "0.0.0.0" }, /^auth\.mode: /],
  [null, { CHATEE_AUTH__TOKEN: "short", CHATEE_SERVER__HOST: "::" }, /^auth\.token: /],
  [
    null,
    { CHATEE_AUTH__MODE: "none", CHATEE_SERVER__PUBLIC_URL: "https://chatee.example" },
    /^auth\.mode: .*public_url/,
  ],
  [null, { CHATEE_AUTH__TOKEN: "short", CHATEE_SERVER__PUBLIC_URL: "https://chatee.example" }, /^auth\.token: /],
] as const)("%j with %j is refused in one line that names it", (file, env, message) => {
  const attempt = () => parseConfig(file, env);
  expect(attempt).toThrow(ConfigError);
  expect(attempt).toThrow(message);
  try {
    attempt();
  } catch (error) {
    expect((error as Error).message).not.toContain("\n");
  }
});

test("secrets of the configuration do not print", () => {
  const { auth, mysql } = parseConfig(
    { mysql: { password: "swordfish" } },
    { CHATEE_AUTH__TOKEN: "open-sesame-open-sesame" },
  );
  for (const text of [JSON.stringify({ auth, mysql }), inspect({ auth, mysql }, { depth: 9 }), String(auth.token)]) {
    expect(text).not.toMatch(/swordfish|sesame/);
  }
  expect(auth.token).toBeInstanceOf(Hidden);
});

test("the settings that the README lists are the ones there are", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  for (const [name = ""] of readme.matchAll(/CHATEE_[A-Z]+__[A-Z_]+/g)) {
    expect(() => parseConfig(null, { [name]: "?" }), name).not.toThrow("there is no such setting");
  }
});
