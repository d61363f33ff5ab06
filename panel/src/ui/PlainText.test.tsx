import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { show } from "../testing/render";
import { PlainText } from "./PlainText";

test("markup is shown as the text that it is", () => {
  const { container } = show(<PlainText>{'<img src=x onerror="alert(1)"> &lt;b&gt;'}</PlainText>);
  expect(screen.getByText('<img src=x onerror="alert(1)"> <b>')).toBeTruthy();
  expect(container.querySelector("img, b")).toBeNull();
});
