import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createApi } from "./api/client.ts";
import { App } from "./app.tsx";
import { takeToken, tokenOf } from "./features/access/sign-in.ts";
import { followDesktop } from "./features/desktop/desktop.ts";
import { createOutbox } from "./features/messages/outbox.ts";
import { restoreLocale } from "./i18n/locale.ts";
import { createAppRouter } from "./router.tsx";
import { restoreTheme } from "./ui/theme.ts";
import "./ui/styles.css";

restoreTheme();
restoreLocale();
const token = takeToken();
const router = createAppRouter();
followDesktop();
// A printed link opened in a tab that is here already changes only what follows the "#".
window.addEventListener("hashchange", () => {
  if (tokenOf(window.location.hash) !== null) window.location.reload();
});
const { origin } = window.location;
const api = createApi(origin);
const outbox = createOutbox({ client: api.client, random: Math.random, now: Date.now });

const element = document.querySelector("#root");
if (!element) throw new Error("index.html has no #root");
createRoot(element).render(
  <StrictMode>
    <App api={api} outbox={outbox} router={router} origin={origin} token={token} />
  </StrictMode>,
);
