import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { openInWorker } from "./core-client.ts";
import { createSession } from "./state/session.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");

const control = createSession(window, openInWorker);

createRoot(root).render(
  <StrictMode>
    <App control={control} />
  </StrictMode>,
);
