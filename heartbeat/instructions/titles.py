"""The kind of a section by the title of its heading, in several languages."""

from __future__ import annotations

import re
import unicodedata

from heartbeat.vocabulary import SectionKind


def kind_of(title: str) -> SectionKind:
    """Return the kind of section of an H2 with this title; "Rules for tasks" are rules."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", title).casefold())
    folded = folded.replace("\u200c", "")
    for kind, words in _WORDS:
        if words.search(folded):
            return kind
    return SectionKind.OTHER


def _any_of(*, words: str, parts: str) -> re.Pattern[str]:
    """Return a pattern for any of the whole words or of the parts (for compounds and scripts without spaces)."""
    # Titles are folded, and folding turns ß into ss and composes accents.
    return re.compile(rf"(?<!\w)(?:{'|'.join(words.split())})(?!\w)|{'|'.join(parts.split())}")


# The first kind that matches wins, so the most specific words come first.
_WORDS: tuple[tuple[SectionKind, re.Pattern[str]], ...] = (
    (
        SectionKind.PROACTIVE,
        _any_of(
            words="initiatives? iniciativas? iniziativ[ae]",
            parts="proactiv proaktiv proactif proattiv proativ initiativ проактив инициатив استباق 主动 主動 "
            "能动 能動 自発 積極 プロアクティブ 선제 능동",
        ),
    ),
    (
        SectionKind.RULES,
        _any_of(
            words="rules? guidelines? guardrails? boundaries constraints policy policies don['’]ts? donts "
            "do\\s+not never règles? regles? reglas? regras? regole? regels? правил[ао]? zasady reguły "
            "aturan kurallar",
            parts="regeln richtlinien قواعد قوانین नियम 规则 規則 准则 守则 ルール 규칙",
        ),
    ),
    (
        SectionKind.CHECKLIST,
        _any_of(
            words="checks? check-?ins? check(?:ing)? to-?do-?\\s?lists? vérifications? vérifier "
            "comprobaci(?:ón|ones) verificaci(?:ón|ones) verificaç(?:ão|ões) controlelijst проверк[аи] "
            "проверить проверок daftar\\s+periksa kontrol\\s+listesi lista\\s+di\\s+controllo "
            "liste\\s+de\\s+contrôle",
            parts="checklist check-list check\\slist checkliste prüfliste aufgabenliste чек-?лист "
            "چک[-\\s]?لیست التحقق 检查 檢查 清单 清單 チェック 点検 確認 체크 점검 확인",
        ),
    ),
    (
        SectionKind.TASKS,
        _any_of(
            words="tasks? to-?dos? aufgaben? tâches? tareas? tarefas? compit[oi] zadania tugas "
            "görevler задач[аи] задани[ея] дела",
            parts="مهام وظایف कार्य 任务 任務 待办 待辦 タスク 작업 할\\s?일",
        ),
    ),
)
