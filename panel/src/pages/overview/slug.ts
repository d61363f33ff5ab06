/** The id of a thread from its title. */

const LONGEST = 64;
/** Letters that have no accent to be taken off. */
const LETTERS: Readonly<Record<string, string>> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ı: "i" };

/** A title in the letters of an id: "Über uns" is "uber-uns"; empty where it has none of them. */
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
