"""Decoding of file content in encodings that can be detected reliably."""

from __future__ import annotations

import codecs
import re

_MARKED = (
    # The BOM of UTF-32 LE begins with that of UTF-16 LE, so it comes first.
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class EncodingError(ValueError):
    """The bytes cannot be decoded; the message continues a sentence that begins with the file name."""


def decode(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 and UTF-32 with a byte order mark; the mark is kept as U+FEFF.

    Raises:
        EncodingError: the bytes have another encoding or are not text.
    """
    for mark, codec, name in _MARKED:
        if data.startswith(mark) and len(data) > len(mark):
            return _decode_marked(data, codec, name)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(data, 0, error.start)) + 1
        raise EncodingError(f"is not UTF-8 on line {line} (byte {error.start}); save it as UTF-8") from error
    if "\0" in text and not text.strip("\0 \t\r\n"):
        message = "holds nothing but NUL characters, as a power cut leaves it; write it again, or put a backup there"
        raise EncodingError(message)
    if _is_unmarked_utf16(data):
        raise EncodingError("seems to be UTF-16 without a byte order mark; save it as UTF-8")
    return text


def codec_of(data: bytes) -> str:
    """Return the codec in which `decode` reads the bytes; encoding the decoded text in it gives the same bytes."""
    for mark, codec, _ in _MARKED:
        if data.startswith(mark) and len(data) > len(mark):
            return codec
    return "utf-8"


def _decode_marked(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise EncodingError(
            f"begins as {name}, and is none at byte {error.start}; save it as UTF-8"
        ) from error


def _is_unmarked_utf16(data: bytes) -> bool:
    """Return whether bytes that are also valid UTF-8 are likely UTF-16: most high bytes are NUL."""
    for codec, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(data) % 2 == 0 and data[high::2].count(0) * 2 > len(data[high::2]):
            try:
                text = data.decode(codec)
            except UnicodeDecodeError:
                continue
            if not _UNPRINTABLE.search(text):
                return True
    return False
