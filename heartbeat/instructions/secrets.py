"""Masking of secrets in text before it is sent to a model or logged.

Secrets are recognised by known formats and by names such as "password", not by entropy, so that hashes, UUIDs and
links are kept. Every pattern is bounded or starts at a word, so that adversarial text takes linear time.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple, Self

from heartbeat.text import clean, visible

MASK = "[secret]"

# Masking one secret may reveal another beside it; a second pass has always been enough so far.
_MOST_PASSES = 4
_LONGEST_KEY_BLOCK = 16_384

_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_LINE = re.compile(
    r"(?:\r\n|\r|\n)[> \t]{0,80}(?:[A-Za-z0-9+/=]{16,}|[A-Z][\w-]{3,40}: [^\r\n]{1,200}|)[ \t]{0,80}(?=[\r\n]|$)"
)

_LINE_END = re.compile(r"\r\n|\r|\n")
_PLACEHOLDER = re.compile(
    r"\$?\{.*|\$[A-Z_][A-Z0-9_]*|\$\(.*|<[^<>]*>?|%\w+%|\*+|\.{3,}|…+|(?i:x{3,}|your[-_].*)|[A-Z]+(?:_[A-Z]+)+"
    r"|https?://.*|process\.env\b.*|os\.(?:environ|getenv)\b.*"
    r"|(?i:null|none|true|false|required|optional|unset|missing|changeme|redacted|string)"
)

_URL_PASSWORD = re.compile(r"""(://[^\s/:@"'<>]{0,128}:)([^\s/@"'<>]{1,256})(?=@)""")
_AUTHORIZATION = re.compile(
    r"""(authorization["'`]?\s{0,4}[:=]\s{0,4}["'`]?(?:bearer|basic|token|apikey)\s{1,4})([^\s"'`,;]+)""",
    re.IGNORECASE,
)
# A short word after "bearer" is prose unless it has a digit.
_BEARER = re.compile(
    r"(\bbearer\s{1,4})((?=[\w.~+/=-]{0,200}\d|[\w.~+/=-]{20})[\w.~+/=-]{8,})", re.IGNORECASE | re.ASCII
)
_NAMED = re.compile(
    r"""(?:api[-_ ]?key|access[-_ ]?key|secret[-_ ]?key|private[-_ ]?key|auth[-_ ]?key|token|secret|password|passwd
    |passphrase|passwort|kennwort|contraseña|mot\ de\ passe|senha|пароль|密码|密碼|パスワード|비밀번호)
    ["'`*_]{0,4}
    (?P<sign>[ \t]{0,4}(?:=>|:=|[:=：＝])[*_]{0,3}+[ \t]{0,4}+(?P<wrap>(?:(?:\r\n|\r|\n)[>\ \t]{0,80}+){1,2}+
    (?:(?:[-*+]|\d[.)])[ \t]{1,4}+)?+)?+)
    (?:(?P<quote>["'`])(?P<quoted>[^\r\n"'`]{1,1024})(?P=quote)
    |(?P<bare>(?!\[secret\])[^\s"'`&](?:[^\s"'`&]|'(?=\w)){0,4095}))""",
    re.IGNORECASE | re.VERBOSE,
)
# Characters of a value that are examined, which bounds the time for long words; all of the value is masked.
_LONGEST_VALUE = 4_096
_REST_OF_VALUE = re.compile(r"""[^\s"'`&]*""")
_TRAILING = ".,;:!?)]}>*_"
_REST_OF_LINE = re.compile(r"""[.,;!?)\]}>*_"'` \t]{0,80}(?=[\r\n#|]|$)""")

# What may not stand before a token is looked at after its first letters: a pattern that begins with a word is found
# several times as fast.
_OWN_SHAPES = (
    r"sk-(?<![\w-]sk-)(?=[A-Za-z_-]{0,200}\d)[\w-]{16,}",
    r"gh(?<![A-Za-z0-9]gh)[pousr]_[A-Za-z0-9]{20,255}",
    r"github_pat_(?<![A-Za-z0-9]github_pat_)[A-Za-z0-9_]{20,255}",
    r"xox(?<![A-Za-z0-9]xox)[abeoprs]-[A-Za-z0-9-]{10,255}",
    r"xapp-(?<![A-Za-z0-9]xapp-)\d-[A-Za-z0-9-]{10,255}",
    r"AIza(?<![A-Za-z0-9]AIza)[\w-]{30,64}",
    r"moltbook_(?<![A-Za-z0-9]moltbook_)(?=[A-Za-z_-]{0,64}\d)[\w-]{12,255}",
    *(rf"{name}_(?<![A-Za-z0-9]{name}_)[A-Za-z0-9]{{24,255}}" for name in ("hf", "npm", "gsk", "whsec")),
    r"eyJ(?<![\w=-]eyJ)[\w=-]{10,}\.[\w=-]{10,}(?:\.[\w=-]*)?",
)
_NEEDED = {
    r"[0-9a-z]{32}-us[0-9]{1,2}": r"-us[0-9]",
    r"\d{8,10}:[0-9A-Za-z_-]{35}": r":[0-9A-Za-z_-]{35}",
    r"(?:r|s)k_live_[0-9a-zA-Z]{24}": r"k_live_",
    r"SG\.[a-zA-Z0-9_-]{22}\.[a-zA-Z0-9_-]{43}": r"SG\.",
    r"SK[a-z0-9]{32}": r"SK[a-z0-9]{4}",
}
"""What is in every text in which a slow pattern finds something, and is found several times as fast, by the pattern.

One that the library has changed is not among them, and looked for in every text.
"""
_NEEDED_IN_LOWER_CASE = {"aws": "aws.{0,20}?", "xox": "xox(?:", "hooks.slack": "https://hooks\\.slack\\."}
"""The same for patterns that ignore case: a part in lower case, and how the pattern begins."""
_NAME_PARTS = (
    *("key", "token", "secret", "passw", "passphrase", "kennwort", "contrase", "mot de passe", "senha"),
    *("парол", "密", "パスワード", "비밀번호"),
)
"""One of them is in every text, in lower case, in which `_NAMED` finds something; to look for them costs little."""


def mask_secrets(text: str, *, keep_lines: bool = False) -> str:
    """Return the text with every recognised secret replaced by ``[secret]``.

    The names of secrets are kept (``api_key: [secret]``, ``Bearer [secret]``), and so are placeholders such as
    ``YOUR_API_KEY`` and ``$TOKEN``. The result is idempotent. With ``keep_lines``, what follows a secret of several
    lines stays on its line.
    """
    for _ in range(_MOST_PASSES):
        masked = _mask_once(text, keep_lines=keep_lines)
        if masked == text:
            break
        text = masked
    return text


def _mask_once(text: str, *, keep_lines: bool) -> str:
    # What is masked leaves nothing behind that could be part of a secret.
    folded = _folded(text)
    text = _mask_private_keys(text, keep_lines=keep_lines)
    text = _URL_PASSWORD.sub(_keep_name, text)
    for shape in _shapes():
        if shape.may_be_in(text, folded):
            text = shape.pattern.sub(_mask_shape, text)
    if "authorization" in folded:
        text = _AUTHORIZATION.sub(_keep_name, text)
    if "bearer" in folded:
        text = _BEARER.sub(_keep_name, text)
    return _mask_named(text)


def _folded(text: str) -> str:
    """Return the text in lower case; letters that patterns which ignore case take for ASCII are ASCII."""
    if text.isascii():
        return text.lower()
    return text.casefold().translate(_LETTERS)


_LETTERS = {0x131: "i", 0x307: None}
"""The dotless i, and the dot that is left of a capital I with one."""


class _Shape(NamedTuple):
    """What a kind of secret looks like, and what any text with one holds: as a pattern, and in lower case."""

    pattern: re.Pattern[str]
    needed: re.Pattern[str] | None
    lower: str

    @classmethod
    def of(cls, pattern: re.Pattern[str]) -> Self:
        """Return the shape of a pattern with what is known to be needed for it."""
        text, needed = pattern.pattern, _NEEDED.get(pattern.pattern)
        ignores_case = bool(pattern.flags & re.IGNORECASE)
        lower = (part for part, begin in _NEEDED_IN_LOWER_CASE.items() if text.startswith(begin))
        is_exact = needed is not None and not ignores_case
        return cls(pattern, re.compile(needed) if needed and is_exact else None, next(lower, ""))

    def may_be_in(self, text: str, folded: str) -> bool:
        """Return whether a text may hold one; ``folded`` is the text in lower case."""
        return self.lower in folded and (self.needed is None or self.needed.search(text) is not None)


@cache
def _shapes() -> tuple[_Shape, ...]:
    # Imported here, because the import takes 0.2 s (it includes an HTTP client).
    from detect_secrets.plugins.aws import AWSKeyDetector
    from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
    from detect_secrets.plugins.discord import DiscordBotTokenDetector
    from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
    from detect_secrets.plugins.mailchimp import MailchimpDetector
    from detect_secrets.plugins.pypi_token import PypiTokenDetector
    from detect_secrets.plugins.sendgrid import SendGridDetector
    from detect_secrets.plugins.slack import SlackDetector
    from detect_secrets.plugins.square_oauth import SquareOAuthDetector
    from detect_secrets.plugins.stripe import StripeDetector
    from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
    from detect_secrets.plugins.twilio import TwilioKeyDetector

    # Not used: detectors that guess (entropy, keywords, Artifactory), that take quadratic time (npm, OpenAI, JWT),
    # and GitHub's, which reports only the prefix. _OWN_SHAPES replaces the last four.
    detectors = (
        AWSKeyDetector,
        AzureStorageKeyDetector,
        DiscordBotTokenDetector,
        GitLabTokenDetector,
        MailchimpDetector,
        PypiTokenDetector,
        SendGridDetector,
        SlackDetector,
        SquareOAuthDetector,
        StripeDetector,
        TelegramBotTokenDetector,
        TwilioKeyDetector,
    )
    known = (shape for detector in detectors for shape in detector.denylist)
    return tuple(_Shape.of(shape) for shape in (*map(re.compile, _OWN_SHAPES), *known))


def _mask_shape(match: re.Match[str]) -> str:
    """Mask the first group of a match, or all of it if that is only a short prefix of the token."""
    whole = match[0]
    if match.re.groups and match[1] and len(match[1]) >= 20:
        start, end = (position - match.start() for position in match.span(1))
        return whole[:start] + MASK + whole[end:]
    return MASK


def _keep_name(match: re.Match[str]) -> str:
    return match[0] if _is_harmless(match[2]) else match[1] + MASK


def _mask_private_keys(text: str, *, keep_lines: bool) -> str:
    kept: list[str] = []
    position = 0
    ends = [match.end() for match in _PEM_END.finditer(text)]
    for begin in _PEM_BEGIN.finditer(text):
        if begin.start() < position:
            continue
        while ends and ends[0] <= begin.end():
            ends.pop(0)
        kept += [text[position : begin.start()], MASK]
        is_whole = bool(ends) and ends[0] - begin.start() <= _LONGEST_KEY_BLOCK
        position = ends[0] if is_whole else _end_of_cut_key(text, begin.end())
        if keep_lines:
            kept += _LINE_END.findall(text, begin.start(), position)
    return "".join(kept) + text[position:]


def _end_of_cut_key(text: str, position: int) -> int:
    """Return the end of the lines that look like a key without an END line."""
    while line := _PEM_LINE.match(text, position):
        position = line.end()
    return position


def _mask_named(text: str) -> str:
    folded = text.lower() if text.isascii() else text.casefold()
    if not any(part in folded for part in _NAME_PARTS):
        return text
    kept: list[str] = []
    done = searched = 0
    while match := _NAMED.search(text, searched):
        group = "quoted" if match["quoted"] else "bare"
        start, end = match.span(group)
        if group == "bare":
            end = start + len(match["bare"].rstrip(_TRAILING))
        if _is_secret_value(text[start:end], match, is_last=bool(_REST_OF_LINE.match(text, end))):
            kept += [text[done:start], MASK]
            done = searched = end if match.end() - start < _LONGEST_VALUE else _end_of_value(text, end)
        else:
            # The value may begin with another name: "Secrets, token: password: hunter2".
            searched = match.start(group)
    return "".join(kept) + text[done:]


def _end_of_value(text: str, position: int) -> int:
    rest = _REST_OF_VALUE.match(text, position)
    return rest.end() if rest else position


def _is_secret_value(value: str, match: re.Match[str], *, is_last: bool) -> bool:
    """Return whether a named value is a secret (``password: hunter2``) or prose ("Password: ask Ann").

    A doubtful value is a secret. Below an empty line, or in a list, it has a digit and is all that its line holds.
    """
    if _is_harmless(value) or len(value) < 3:
        return False
    has_digit = any(character.isdecimal() for character in value)
    if _is_apart(match["wrap"] or "") and not (has_digit and is_last):
        return False
    if match["quoted"] or not (match["wrap"] or match["sign"][-1].isspace()):
        return not (match["quoted"] and len(value) < 4)
    if len(value) < 4 or (value.isdecimal() and len(value) < 6):
        return False
    return is_last or has_digit


def _is_apart(wrap: str) -> bool:
    """Return whether more than the end of a line lies between a name and its value."""
    return len(_LINE_END.findall(wrap)) > 1 or bool(wrap.strip("> \t\r\n"))


def _is_harmless(value: str) -> bool:
    return value.startswith(MASK) or _PLACEHOLDER.fullmatch(value) is not None


def masked_line(text: str) -> str:
    """Return text of others on one line, with secrets masked and without what nobody sees."""
    return mask_secrets(visible(clean(text, multiline=False)))
