import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "mysql",
  casing: "snake_case",
  schema: "./drizzle/mysql.schema.ts",
  out: "./migrations/mysql",
});
