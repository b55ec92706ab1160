import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { openInWorker, prepareReader } from "./core-client.ts";
import { createSession } from "./state/session.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");

const control = createSession(window, openInWorker);

const prepare = (): void => {
  if (control.phase.get().kind === "landing") prepareReader();
};
control.phase.subscribe(prepare);
// Behind the first picture of the page.
requestAnimationFrame(() => setTimeout(prepare, 0));

createRoot(root).render(
  <StrictMode>
    <App control={control} />
  </StrictMode>,
);
