"""Pinyin of Chinese names: whole, initials and a sort key, from two small tables instead of a dictionary library.

Names repeat characters, not sentences, so one reading per character plus the phrases that deviate is exact enough;
what it gets wrong a person corrects on the record.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from .text import fold, words

DATA = Path(__file__).parent / "data"
LONGEST_PHRASE = 4
SORT_KEY_LENGTH = 200

# The dictionary's first reading is not the one met in names of companies and products.
_USUAL = {
    "长": "chang", "長": "chang", "都": "du", "佛": "fo", "晟": "sheng", "曾": "zeng", "调": "tiao", "弹": "tan",
    "隽": "jun", "什": "shi", "率": "lv", "翟": "zhai", "阚": "kan", "和": "he", "缪": "miao", "石": "shi", "勒": "le",
}  # fmt: skip
_PHRASES = {
    "朝阳": "chao yang", "薄膜": "bo mo", "单县": "shan xian", "莘庄": "xin zhuang", "浚县": "xun xian", "蔚县": "yu xian",
    "洪洞": "hong tong", "铅山": "yan shan", "长子县": "zhang zi xian", "台儿庄": "tai er zhuang", "浒墅关": "xu shu guan",
    "东阿": "dong e", "乐亭": "lao ting", "乐陵": "lao ling", "六合": "lu he", "六安": "lu an", "大埔": "da bu",
    "部长": "bu zhang", "董事长": "dong shi zhang", "校长": "xiao zhang", "会长": "hui zhang", "行长": "hang zhang",
    "商行": "shang hang", "车行": "che hang", "总行": "zong hang", "分行": "fen hang", "支行": "zhi hang", "乐器": "yue qi",
    "重庆": "chong qing", "重新": "chong xin", "大都会": "da du hui", "西藏": "xi zang",
    "珲春": "hun chun", "漯河": "luo he", "荥阳": "xing yang", "珠穆朗玛": "zhu mu lang ma",
}  # fmt: skip
_SURNAMES = {
    "单": "shan", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "朴": "piao", "种": "chong", "员": "yun", "召": "shao",
    "折": "she", "黑": "he", "能": "nai", "覃": "qin", "盖": "ge", "洗": "xian", "乐": "yue", "秘": "bi", "祭": "zhai",
    "繁": "po", "句": "gou", "么": "yao", "幺": "yao", "乜": "nie", "仉": "zhang", "重": "chong", "炅": "gui", "薄": "bo",
    "曾": "zeng", "翟": "zhai", "缪": "miao", "谌": "chen", "尉": "wei", "車": "che", "單": "shan", "區": "ou",
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "單于": "chan yu", "单于": "chan yu", "澹台": "tan tai",
    "尉遲": "yu chi", "長孫": "zhang sun",
}  # fmt: skip


class Pinyin(NamedTuple):
    """`full` suzhouhengli, `spaced` su zhou heng li, `initials` szhl, `key` sorts by reading and then by character."""

    full: str
    initials: str
    key: str

    @property
    def spaced(self) -> str:
        return self.key.partition("\x1f")[0]


def _rows(name: str) -> list[list[str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split(" ") for line in lines if not line.startswith("#")]


@cache
def _characters() -> dict[str, str]:
    readings = {character: syllable for syllable, characters in _rows("pinyin_characters.txt") for character in characters}
    return readings | _USUAL


@cache
def _phrases() -> dict[str, tuple[str, ...]]:
    known = {phrase: tuple(syllables) for phrase, *syllables in _rows("pinyin_phrases.txt")}
    return known | {phrase: tuple(syllables.split()) for phrase, syllables in _PHRASES.items()}


@cache
def _phrase_heads() -> frozenset[str]:
    return frozenset(phrase[0] for phrase in _phrases())


def _read(text: str, person: bool) -> tuple[list[str], list[str]]:
    """The syllables, and what each gives to the initials: its first letter; letters and digits in between stand as a whole."""
    folded = fold(text)
    if folded.isascii():
        runs = words(folded)
        return runs, runs
    readings, phrases, heads = _characters(), _phrases(), _phrase_heads()
    read: list[str] = []
    initials: list[str] = []
    at, run = 0, ""
    if person:
        folded = folded.lstrip()
        for length in (2, 1):
            if surname := _SURNAMES.get(folded[:length]):
                read, at = surname.split(), length
                initials = [syllable[0] for syllable in read]
                break
    end = len(folded)
    while at < end:
        character = folded[at]
        syllable = readings.get(character)
        if syllable is None:
            at += 1
            if character.isalnum():
                run += character
                if at < end:
                    continue
        if run:
            read.append(run)
            initials.append(run)
            run = ""
        if syllable is None:
            continue
        if character in heads:
            for length in range(min(LONGEST_PHRASE, end - at), 1, -1):
                if phrase := phrases.get(folded[at : at + length]):
                    read.extend(phrase)
                    initials.extend([syllable[0] for syllable in phrase])
                    at += length
                    break
            else:
                read.append(syllable)
                initials.append(syllable[0])
                at += 1
        else:
            read.append(syllable)
            initials.append(syllable[0])
            at += 1
    return read, initials


def syllables(text: str, *, person: bool = False) -> list[str]:
    """One entry per Chinese character and per run of letters and digits; a person's name begins with a surname."""
    return _read(text, person)[0]


def pinyin(text: str, *, person: bool = False) -> Pinyin:
    """The three forms of a name that search and sorting store beside it."""
    read, initials = _read(text, person)
    return Pinyin("".join(read), "".join(initials), _key(text, read))


def sort_key(text: str) -> str:
    """Sorts in plain byte order (collation "C") as a Chinese reader expects: by syllable, then by character."""
    return _key(text, syllables(text))


def _key(text: str, read: list[str]) -> str:
    return f"{' '.join(read)}\x1f{fold(text)}"[:SORT_KEY_LENGTH]
