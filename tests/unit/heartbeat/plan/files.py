"""Ten files in the shapes that owners write, each with the number and words of its lines."""

from __future__ import annotations

from typing import NamedTuple


class File(NamedTuple):
    """A text, and the number, words and titles (or the task) of each of its lines."""

    text: str
    lines: list[tuple[int, str, tuple[str, ...]]]


FILES: dict[str, File] = {
    "a checklist with boxes": File(
        """\
# Every visit

- [ ] Read todo.md and tick what is done
- [x] Set up the folder
- [ ] Anything overdue? Tell me once a day.
""",
        [
            (3, "Read todo.md and tick what is done", ("Every visit",)),
            (5, "Anything overdue? Tell me once a day.", ("Every visit",)),
        ],
    ),
    "a timetable": File(
        """\
# Rhythm

| When | What | Where |
|:-----|------|------:|
| Mon 9:00 | ask for plans | general |
| every 4 h | look at the shop's status | |
| else | — | |
""",
        [
            (5, "Mon 9:00 | ask for plans | general", ("Rhythm", "When | What | Where")),
            (6, "every 4 h | look at the shop's status", ("Rhythm", "When | What | Where")),
            (7, "else | —", ("Rhythm", "When | What | Where")),
        ],
    ),
    "tasks with rules below": File(
        """\
---
owner: me
---
tasks:
- name: post-office
  interval: 45m
  prompt: "Is there unread mail that cannot wait?"
- name: agenda
  interval: 3h
  prompt: >
    Which appointment needs me
    to bring something?

# Besides

Write plainly. Nothing due: say nothing.
""",
        [
            (5, "Is there unread mail that cannot wait?", ("task post-office",)),
            (8, "Which appointment needs me to bring something?", ("task agenda",)),
            (16, "Write plainly.", ("Besides",)),
            (16, "Nothing due: say nothing.", ("Besides",)),
        ],
    ),
    "commands of a shell": File(
        """\
## Machine

Look whether the disk fills up:

```bash
df -h /
# how long it has been up
uptime
```

Above 90 %: tell me.
""",
        [
            (6, "df -h /", ("Machine", "Look whether the disk fills up:")),
            (7, "# how long it has been up", ("Machine", "Look whether the disk fills up:")),
            (8, "uptime", ("Machine", "Look whether the disk fills up:")),
            (11, "Above 90 %: tell me.", ("Machine",)),
        ],
    ),
    "nested items under a condition": File(
        """\
# 🌙 Night shift
* If somebody reports an outage:
   * note it in log.md
   * **urgent only** → tell me
     - never after 23:00
* otherwise rest
""",
        [
            (3, "note it in log.md", ("🌙 Night shift", "If somebody reports an outage:")),
            (4, "urgent only → tell me", ("🌙 Night shift", "If somebody reports an outage:")),
            (5, "never after 23:00", ("🌙 Night shift", "If somebody reports an outage:", "urgent only → tell me")),
            (6, "otherwise rest", ("🌙 Night shift",)),
        ],
    ),
    "bold titles in place of headings": File(
        """\
**Mailbox**

New bills are worth a word. Adverts are not.

**Never**

- answer strangers
""",
        [
            (3, "New bills are worth a word.", ("Mailbox",)),
            (3, "Adverts are not.", ("Mailbox",)),
            (7, "answer strangers", ("Never",)),
        ],
    ),
    "Chinese with full-width marks": File(
        """\
# 心跳清单

一、每天早上：
1、看日历，两小时内有会议就提醒我。
2、论坛有三个以上新帖：发一篇总结。
""",
        [
            (4, "看日历，两小时内有会议就提醒我。", ("心跳清单", "一、每天早上：")),
            (5, "论坛有三个以上新帖：发一篇总结。", ("心跳清单", "一、每天早上：")),
        ],
    ),
    "bullets of a word processor and a comment": File(
        "\ufeff# Ablauf\r\n\r\n•\tPostfach prüfen\r\n•\tTermine von morgen nennen\r\n"
        "<!-- später:\r\n- Wetter -->\r\n\r\nSonst Ruhe.\r\n",
        [
            (3, "Postfach prüfen", ("Ablauf",)),
            (4, "Termine von morgen nennen", ("Ablauf",)),
            (8, "Sonst Ruhe.", ("Ablauf",)),
        ],
    ),
    "all in a fence": File(
        """\
```markdown
# Garden
- Water the beds if it stays dry
> Tell Ana, not me.
```
""",
        [
            (3, "Water the beds if it stays dry", ("Garden",)),
            (4, "Tell Ana, not me.", ("Garden",)),
        ],
    ),
    "a template that asks for nothing yet": File(
        """\
# HEARTBEAT.md
# Leave this empty to rest.
#
# - Look at the feeds

<!-- add lines below -->
- [ ]
""",
        [],
    ),
}  # fmt: skip
