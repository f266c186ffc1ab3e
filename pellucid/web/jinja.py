"""Jinja2 for pages: one environment per language, with the literals of that language folded into the compiled templates.

`render("list.html", context, "zh-hans")` is what views call. `_('Save')` and `ic('plus')` with literal arguments cost nothing when
a page is drawn: they become text while the template is compiled. Everything is escaped; a template may not switch that off.
Kernel cells and areas add what templates may call with `register(name, value)`, at start-up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext, override, pgettext
from jinja2 import Environment, FileSystemLoader, Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from pellucid.web.compiled import Quick
from pellucid.web.icons import ic, static

OWN = Path(__file__).parent / "templates"
TAKEN = frozenset({"ic", "static", "language", "Markup", "_", "gettext", "ngettext", "pgettext"})
_registered: dict[str, Any] = {}
_filters: dict[str, Callable[..., Any]] = {}


def register(name: str, value: Any) -> None:
    """Make a function or value known to all templates. A name can be taken once."""
    if name in TAKEN or _registered.setdefault(name, value) is not value:
        raise ValueError(f"Templates know something else as {name!r}.")
    folded.cache_clear()


def register_filter(name: str, function: Callable[..., Any]) -> None:
    """Make a filter known to all templates."""
    if _filters.setdefault(name, function) is not function:
        raise ValueError(f"Templates know another filter {name!r}.")
    folded.cache_clear()


class Fold(NodeTransformer):
    """Replaces calls whose result is known when the template is compiled."""

    FOLDED: Mapping[str, Callable[..., str]] = {"_": gettext, "gettext": gettext, "pgettext": pgettext, "ic": ic, "static": static}

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """`_('Save')` -> its translation; anything with a variable in it stays a call."""
        self.generic_visit(node)
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        function = self.FOLDED.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if function and plain and all(isinstance(argument, nodes.Const) for argument in node.args):
            value = function(*(argument.value for argument in node.args if isinstance(argument, nodes.Const)))
            return nodes.Const(value, lineno=node.lineno)
        return node


class FoldingEnvironment(Quick):
    """An environment of one language."""

    def __init__(self, language: str, **options: Any) -> None:
        super().__init__(extensions=["jinja2.ext.i18n"], autoescape=True, trim_blocks=True, lstrip_blocks=True, **options)
        self.language = language
        self.install_gettext_callables(gettext, ngettext, newstyle=False, pgettext=pgettext)  # type: ignore[attr-defined]
        self.globals |= {**_registered, "ic": ic, "static": static, "Markup": Markup, "language": language}
        self.filters |= _filters

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        with override(self.language):
            folded_tree: nodes.Template = Fold().visit(parsed)
        return folded_tree


def search_path() -> list[Path]:
    """web/templates, then the templates/ folder of every installed app of ours."""
    ours = [Path(app.path) / "templates" for app in apps.get_app_configs() if app.name.startswith("pellucid.")]
    return [OWN, *(folder for folder in ours if folder != OWN and folder.is_dir())]


@cache
def folded(language: str) -> FoldingEnvironment:
    """The environment of a language; templates are compiled once per process and language."""
    return FoldingEnvironment(language, loader=FileSystemLoader(search_path()), cache_size=-1, auto_reload=settings.DEBUG)


def known_language(language: str | None) -> str:
    """The language itself if the product speaks it, else the first one."""
    known = [code for code, _name in settings.LANGUAGES]
    return language if language in known else known[0]


def render(template: str, context: Mapping[str, Any], language: str | None = None) -> str:
    """A page or fragment as text, in the language given or the active one."""
    return folded(known_language(language or get_language())).get_template(template).render(context)


def fragment(template: str, macro: str, language: str | None = None, /, *arguments: Any, **named: Any) -> Markup:
    """What one macro of a template draws, for parts that are sent alone."""
    module = folded(known_language(language or get_language())).get_template(template).module
    return Markup(getattr(module, macro)(*arguments, **named))  # noqa: S704 - a macro's answer is escaped already


def warm() -> int:
    """Compile every template of every language before the first request; returns how many."""
    compiled = 0
    for language, _name in settings.LANGUAGES:
        environment_of = folded(language)
        for name in environment_of.list_templates(extensions=["html"]):
            environment_of.get_template(name)
            compiled += 1
    return compiled


class PerLanguage(Environment):
    """What Django's template backend holds: hands out templates of the active language."""

    def get_template(self, name: Any, parent: Any = None, globals: Any = None) -> Template:
        """The template compiled for the active language."""
        return folded(known_language(get_language())).get_template(name, parent, globals)

    def from_string(self, source: Any, globals: Any = None, template_class: Any = None) -> Template:
        """A template from text of ours, compiled for the active language."""
        return folded(known_language(get_language())).from_string(source, globals, template_class)


def environment(**options: Any) -> Environment:
    """For settings.TEMPLATES, so that django.shortcuts.render draws the same pages."""
    return PerLanguage(**{**options, "autoescape": True})
