import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { enterByLink } from "./app/link";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root.");
await enterByLink();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
