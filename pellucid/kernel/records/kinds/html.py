"""The only places where a cell's HTML is written: every text goes through escape(). Lists draw thousands of these, hence no format()."""
# ruff: noqa: S704  (this is the module that makes markup)

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape

TONES = frozenset({"", "ok", "warn", "bad", "info", "vio", "acc"})
EMPTY = Markup('<span class="i3" aria-hidden="true">–</span>')


def text(value: object) -> Markup:
    """Plain text."""
    return escape(value)


def span(value: object, cls: str) -> Markup:
    """Text in a span of one of our classes."""
    return Markup(f'<span class="{escape(cls)}">{escape(value)}</span>')


def told(value: object, more: object) -> Markup:
    """Text that says more when pointed at."""
    return Markup(f'<span title="{escape(more)}">{escape(value)}</span>')


def tag(value: object, tone: str = "") -> Markup:
    """A small label with a tint."""
    return Markup(f'<span class="tag {tone if tone in TONES else ""}">{escape(value)}</span>')


def link(href: str, value: object, cls: str = "ln") -> Markup:
    """A link to one of our own pages or an http(s), mailto or tel address; anything else stays text."""
    safe = href.startswith(("/", "https://", "http://", "mailto:", "tel:")) and not href.startswith("//")
    return Markup(f'<a class="{escape(cls)}" href="{escape(href)}">{escape(value)}</a>') if safe else escape(value)


def outward(href: str, value: object) -> Markup:
    """A link that leaves the product."""
    if not href.startswith(("https://", "http://")):
        return escape(value)
    return Markup('<a class="ln" href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(href, value)


AVATAR_TINTS = ("", "v", "o", "g", "b2")


@lru_cache(maxsize=8192)
def avatar(name: str, key: int = 0, size: str = "") -> Markup:
    """A round mark with the first character of a name."""
    return Markup('<span class="av {} {}" aria-hidden="true">{}</span>').format(AVATAR_TINTS[key % 5], size, name[:1] or "?")


@lru_cache(maxsize=8192)
def person(name: str, key: int) -> Markup:
    """Avatar and name."""
    return Markup('<span class="row0 g6">{}{}</span>').format(avatar(name, key), name)


@lru_cache(maxsize=512)
def level(n: int, label: str) -> Markup:
    """The water level: five rising bars and the word."""
    return Markup(
        '<span class="row0 g7"><span class="lv l{}" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></span>{}</span>'
    ).format(n, label)
