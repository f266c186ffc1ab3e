"""How our templates become Python: the same pages as Jinja2's own compiler gives, by fewer calls.

A page asks some two thousand times for an entry of a dict, prints a thousand values and calls two hundred macros. Each of these is
a chain of Python calls in Jinja2, which must expect everything; here what templates nearly always do is done in place.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, Template, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from jinja2.runtime import Context, Macro
from markupsafe import Markup, _escape_inner, escape

OF_DICTS = frozenset(dir(dict))


def escaped(value: Any) -> str:
    """What a template prints: markup as it is, anything else escaped."""
    kind = type(value)
    if kind is str:
        text: str = _escape_inner(value)
        return text
    return value if kind is Markup else escape(value)


class Lacking(dict[str, Undefined]):
    """What a dict without this entry answers: the same undefined value each time."""

    def __init__(self, undefined: type[Undefined]) -> None:
        super().__init__()
        self.undefined = undefined

    def __missing__(self, name: str) -> Undefined:
        found = self[name] = self.undefined(obj={}, name=name)
        return found


class Generator(CodeGenerator):
    """Writes the Python of a template."""

    @optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """`entry.label`: nearly everything a template looks into is a dict, which is asked first for what no dict has of its own."""
        if node.attr in OF_DICTS:
            super().visit_Getattr(node, frame)
            return
        self.write(f"(_it.get({node.attr!r}, environment.lacking[{node.attr!r}]) if type(_it := ")
        self.visit(node.node, frame)
        self.write(f") is dict else environment.getattr(_it, {node.attr!r}))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


class Calling(Context):
    """The context of a template that calls macros straight away."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """A macro takes what it is given; anything else may want the context first."""
        if type(__obj) is not Macro:
            return super().call(__obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return __obj(__self.eval_ctx, *args, **kwargs)


class Importing(Template):
    """A template that others import macros from: it is run for that once, as nobody adds globals of his own."""

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        if self._module is None:
            self._module = self.make_module()
        return self._module


class Quick(Environment):
    """An environment whose templates are compiled so."""

    code_generator_class = Generator
    context_class = Calling
    template_class = Importing

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lacking, self.escaped = Lacking(self.undefined), escaped
