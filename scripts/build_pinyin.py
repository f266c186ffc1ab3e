"""Condenses pypinyin's dictionaries into the two small files that pellucid.kernel.search.pinyin reads.

At run time the product needs one reading per character and the phrases that deviate from it: 0.2 MB instead of 40.
"""
from __future__ import annotations

from pathlib import Path

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

TARGET = Path(__file__).parent.parent / "pellucid/kernel/search/data"
HEADER = "# Made by scripts/build_pinyin.py from pypinyin (MIT); corrections stand in pinyin.py\n"


def plain(syllable: str) -> str:
    """Without tone, ü as people type it: lv, nv, lue, nue."""
    return to_normal(syllable).replace("üe", "ue").replace("ü", "v").replace("ê", "e")


def main() -> None:
    readings = {chr(code): plain(syllables.split(",")[0]) for code, syllables in PINYIN_DICT.items() if code < 0x10000}
    readings = {character: syllable for character, syllable in readings.items() if syllable.isascii() and syllable.isalpha()}
    rows: dict[str, list[str]] = {}
    for character, syllable in readings.items():
        rows.setdefault(syllable, []).append(character)
    TARGET.mkdir(exist_ok=True)
    characters = "".join(f"{syllable} {''.join(sorted(rows[syllable]))}\n" for syllable in sorted(rows))
    (TARGET / "pinyin_characters.txt").write_text(HEADER + characters, encoding="utf-8")

    phrases = {}
    for phrase, syllables in PHRASES_DICT.items():
        read = [plain(options[0]) for options in syllables]
        usable = 2 <= len(phrase) == len(read) <= 4 and all(c in readings for c in phrase) and all(s.isascii() for s in read)
        if usable and read != [readings[c] for c in phrase]:
            phrases[phrase] = read
    lines = "".join(f"{phrase} {' '.join(phrases[phrase])}\n" for phrase in sorted(phrases))
    (TARGET / "pinyin_phrases.txt").write_text(HEADER + lines, encoding="utf-8")


if __name__ == "__main__":
    main()
