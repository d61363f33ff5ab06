/** Derives the id of a thread from its title. */

const LONGEST = 64;
/** Replacements for letters that Unicode normalisation does not decompose. */
const LETTERS: Readonly<Record<string, string>> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ı: "i" };

/** Return a title in the characters of an id: "Über uns" becomes "uber-uns"; empty if none remain. */
export function slugOf(title: string): string {
  const plain = title
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[ßæœøđðþłı]/g, (letter) => LETTERS[letter] ?? "")
    .replace(/\p{M}/gu, "")
    .replace(/['’]/g, "");
  return plain
    .replace(/[^a-z0-9_]+/g, "-")
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, "");
}
