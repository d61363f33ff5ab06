"""Detection of lines that mention a time of day, in several languages."""

from __future__ import annotations

import re

CLOCK_TIME = (
    "This line speaks of a clock time, but a thread beats at its interval, and while nothing changes the model is "
    "asked only once in a while (Ask again after, recheck_after), so that time may pass unnoticed. For once a day "
    "at 9, give the line to a thread of its own with Beats every 1d, Active hours 09:00 to 09:05 and your Time zone."
)

_HOUR = r"(?:[01]?\d|2[0-4])"
_PATTERNS = (
    # 09:00, 9:30; not 16:9, not part of a date, a hardware address, an offset or host:port.
    rf"(?<![\w:.+/\-]){_HOUR}:[0-5]\d(?![\d.])(?!:[0-9a-f]{{2}}:)",
    # 8am, 8:30 p.m.
    r"(?<![\w.:])(?:0?[1-9]|1[0-2])(?:[:.][0-5]\d)?\s?(?:am|pm|a\.m\.|p\.m\.)(?!\w)",
    r"\bo['’]clock\b",
    r"\b(?:at|by|until|before|after|around)\s(?:noon|midnight)\b",
    r"\bevery\s(?:morning|noon|afternoon|evening|night|midnight)\b",
    rf"\b(?:daily|days?|weekdays?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\sat\s{_HOUR}\b(?![:.%]\d)",
    # um 9 Uhr; om 9 uur; à 9h, vers 18h30; a las 9; às 9; alle 9
    rf"(?<![\w.]){_HOUR}(?:[.:][0-5]\d)?\s?(?:uhr|uur)\b",
    rf"(?<!\w)(?:à|vers|dès|às|até)\s{_HOUR}\s?h(?:[0-5]\d|oras?|eures?)?\b",
    rf"(?<!\w)(?:a\slas|a\sla|às|alle|alle\sore)\s{_HOUR}\b(?!\s?%)",
    rf"\b(?:pukul|jam)\s{_HOUR}\b",
    rf"(?<!\w)в\s{_HOUR}\s(?:час(?:а|ов)?|утра|дня|вечера|ночи)\b",
    r"(?:الساعة|ساعت)\s\d",
    # 9 点, 9点半, 18 時, 9시; not 24時間 (hours), 3 点建议 (points)
    rf"(?<![\w.]){_HOUR}\s?(?:点|點)(?![建意要内內原理])",
    rf"(?<![\w.]){_HOUR}\s?(?:时|時|시)(?![间間间候刻간])",
    r"(?:每天|每日|早上|上午|中午|下午|晚上|凌晨|午前|午後|毎日|毎朝|오전|오후)\s?"
    r"(?:[零〇一二两三四五六七八九十]{1,3}|\d{1,2})\s?(?:点|點|时|時|시)",
)
_CLOCK = re.compile("|".join(_PATTERNS), re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")


def clock_time_lines(text: str) -> tuple[int, ...]:
    """Return the 1-based numbers of all lines that mention a time of day."""
    return tuple(line for line, words in enumerate(_LINE_END.split(text), 1) if _CLOCK.search(words))
