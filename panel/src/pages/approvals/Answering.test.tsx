import { fireEvent, screen } from "@testing-library/react";
import { useState } from "react";
import { expect, test } from "vitest";

import { useAnswer } from "../../api/approvals";
import { show } from "../../testing/render";
import { Answering } from "./Answering";
import { proposalOf } from "./proposal";
import { isOpen } from "./shown";

const PROPOSAL = proposalOf({ draft: { kind: "post", board: "general", title: "Figs", content: "Ripe." }, context: null });

/** What a card does with its buttons; the beat is answered elsewhere with the button beside them. */
function Card() {
  const [waits, setWaits] = useState(true);
  const [isTyping, setTyping] = useState(false);
  const answer = useAnswer(7);
  return (
    <>
      <button onClick={() => setWaits(false)}>Answer elsewhere</button>
      {PROPOSAL && isOpen(waits, isTyping, answer) && (
        <Answering proposal={PROPOSAL} place={null} answer={answer} isClosed={!waits} onTyping={setTyping} />
      )}
    </>
  );
}

test.each([
  ["Edit…", "Text", "Approve with these changes"],
  ["Reject…", "Why not", "Reject"],
])("what is typed after %s outlives that somebody else answers", (mode, field, send) => {
  show(<Card />);
  fireEvent.click(screen.getByRole("button", { name: mode }));
  fireEvent.change(screen.getByLabelText(field), { target: { value: "Only on Mondays." } });
  fireEvent.click(screen.getByRole("button", { name: "Answer elsewhere" }));
  expect(screen.getByLabelText<HTMLTextAreaElement>(field).value).toBe("Only on Mondays.");
  expect(screen.getByRole("alert").textContent).toContain("The beat no longer waits");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: send }).disabled).toBe(true);
  fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("form")).toBeNull();
});

test("without anything typed, the buttons go with the wait", () => {
  show(<Card />);
  fireEvent.click(screen.getByRole("button", { name: "Answer elsewhere" }));
  expect(screen.queryByRole("button", { name: "Approve" })).toBeNull();
});
