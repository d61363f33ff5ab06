/** Texts of strangers, made harmless to the text around them; the service leaves out their control characters. */

/** Bidirectional embeddings, overrides and isolates; the marks (U+200E, U+200F, U+061C) turn nothing else. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Return a text without the characters that turn the direction of what follows them. */
export function straight(text: string): string {
  return text.replace(TURNS, "");
}
