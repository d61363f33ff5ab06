/** How long the model server read the prompts of a beat, in words: whether it had them from before. */
import type { BeatDetail } from "../../api/types";
import { secondsText } from "../../ui/times";

type Figures = Pick<
  BeatDetail,
  "prompt_tokens" | "model_seconds" | "prompt_seconds" | "load_seconds" | "kept_tokens"
>;

/** Seconds from which loading a model is worth a word; a loaded one takes some milliseconds. */
const LOADED = 1;
/** From when on a server that tells no kept tokens counts as cold: seconds, share of the calls, seconds a token. */
const COLD = { seconds: 5, share: 0.5, each: 0.002 };

/** Return the time that reading the prompts took, of that of all calls, and why; null where the server did not say. */
export function promptText(beat: Figures): string | null {
  const { prompt_seconds: read, model_seconds: all } = beat;
  if (read === null || all === null) return null;
  return `${secondsText(read)} of ${secondsText(all)}: ${whyText(beat, read, all)}`;
}

function whyText(beat: Figures, read: number, all: number): string {
  const { prompt_tokens: tokens, load_seconds: load, kept_tokens: kept } = beat;
  if (load !== null && load >= LOADED) return `the model was cold, and loading it took ${secondsText(load)}`;
  if (kept !== null) {
    const share = `${kept} of ${tokens} tokens were kept from before`;
    return kept * 2 >= tokens ? share : `the model was cold, ${share}`;
  }
  const isCold = read >= COLD.seconds && read >= all * COLD.share && read >= tokens * COLD.each;
  return isCold ? "the model was cold" : "the model was warm";
}
