// npm run build: what npm start builds, with turbo's output.
import { build, install, runMain } from "./workspace.mjs";

await runMain(async () => {
  await install();
  process.exitCode = await build();
});
