/** A process of its own on a MySQL database: `<json access> <boot id>` announces itself, says so and waits to be killed. */
import { writeSync } from "node:fs";
import type { MysqlOptions } from "../dialect/open-mysql.ts";
import { openMysql } from "../dialect/open-mysql.ts";

const [options = "{}"] = process.argv.slice(2);
await openMysql(JSON.parse(options) as MysqlOptions);
writeSync(1, "open\n");
setInterval(() => {}, 60_000);
