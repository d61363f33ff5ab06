/** What a beat found of each rule of its plan: which one it chose, and why each other was due or not. */
import type { BeatDetail } from "../../api/types";
import { RuleList } from "../../ui/RuleList";
import { Section } from "../../ui/Section";

export function Rules({ beat }: { beat: BeatDetail }) {
  if (beat.rules.length === 0) return null;
  return (
    <Section title="The rules of its plan">
      <RuleList rules={beat.rules} />
    </Section>
  );
}
