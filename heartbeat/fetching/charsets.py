"""Decode bytes whose character set is declared, wrongly declared or not declared at all."""

from __future__ import annotations

import codecs

_ALIASES = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
"""The larger set that programs mean by a smaller one, as in browsers (WHATWG Encoding)."""
_NAMES = {
    "ks_c_5601-1987": "cp949",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso8859-8",
    "x-sjis": "cp932",
}
_KNOWN = (
    "ascii",
    "big5",
    "cp",
    "euc_",
    "gb",
    "hz",
    "iso2022",
    "iso8859",
    "johab",
    "koi8",
    "mac-",
    "ptcp154",
    "shift_jis",
    "tis-620",
    "utf-",
)
"""How the names of codecs begin that are character sets of texts; others decode escapes or names of hosts."""
_FALLBACK = "cp1252"


def decode_text(data: bytes, declared: str | None) -> str:
    """Return bytes as text; what is cut off in the middle of a character loses only that.

    UTF-8 is tried before a set of single bytes, which takes any bytes; bytes that fit neither their set nor UTF-8 are
    read as Western European.
    """
    codec = _codec_of(declared)
    is_single = codec is None or codec.startswith(("cp125", "iso8859", "koi8", "mac-"))
    for name in ("utf-8", codec) if is_single else (codec, "utf-8"):
        if name is not None:
            try:
                return codecs.getincrementaldecoder(name)("strict").decode(data).removeprefix("\ufeff")
            except (UnicodeError, ValueError):
                continue
    return data.decode(_FALLBACK, "replace")


def _codec_of(declared: str | None) -> str | None:
    """Return the name of the codec of a declared set, None if there is none."""
    name = (declared or "").strip().strip("\"'").lower()
    try:
        codec = codecs.lookup(_NAMES.get(name, name)[:40]).name
    except (LookupError, ValueError):
        return None
    codec = _ALIASES.get(codec, codec)
    return codec if codec.startswith(_KNOWN) else None
