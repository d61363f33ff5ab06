import { expect, test } from "vitest";

import { webLink } from "./webLink";

test("only addresses of the web are links", () => {
  expect(webLink("https://example.org:8443/a?b=1#c")).toEqual({
    href: "https://example.org:8443/a?b=1#c",
    host: "example.org:8443",
  });
  for (const url of ["javascript:alert(1)", " java\nscript:alert(1)", "data:text/html,<b>", "file:///etc/passwd", "//a", "news", ""])
    expect(webLink(url)).toBeNull();
  expect(webLink(null)).toBeNull();
});

test("the host is the one that is asked, whatever stands before it", () => {
  expect(webLink("https://bank.example@evil.example/")?.host).toBe("evil.example");
  expect(webLink("https://pаypal.example/")?.host).toMatch(/^xn--/);
});
