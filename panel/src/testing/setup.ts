import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// Areas of text that grow with their content listen for fonts, which happy-dom does not have.
if (!("fonts" in document)) Object.defineProperty(document, "fonts", { value: new EventTarget() });

afterEach(cleanup);
