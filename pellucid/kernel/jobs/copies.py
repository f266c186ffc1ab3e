"""Facts kept twice, so that lists need not count: every night the copy is compared with what it follows from, and brought in line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin

from .checks import check

Truth = Callable[[], dict[int, tuple[Any, ...]]]
NAMED = 20


def copied(name: str, model: type[models.Model], columns: tuple[str, ...], otherwise: tuple[Any, ...] | None) -> Callable[[Truth], Truth]:
    """Declare ``function() -> {id: values}``: what these columns must hold, `otherwise` where it names no record; without that, such records
    are not looked at."""

    def keep(truth: Truth) -> Truth:
        def agree() -> Iterator[str]:
            wrong = differing(model, columns, otherwise, truth)
            if wrong:  # what somebody was just writing is right when one looks again
                again = differing(model, columns, otherwise, truth)
                wrong = {pk: both for pk, both in wrong.items() if again.get(pk) == both}
            if wrong:
                mend(model, columns, wrong)
                ids = ", ".join(str(pk) for pk in list(wrong)[:NAMED])
                yield _("%(what)s: %(columns)s differed from what they follow from in %(n)s records (%(ids)s); brought in line") % {
                    "what": model._meta.verbose_name, "columns": ", ".join(columns), "n": len(wrong), "ids": ids}  # fmt: skip

        agree.__doc__ = truth.__doc__
        check(name)(agree)
        return truth

    return keep


def differing(
    model: type[models.Model], columns: tuple[str, ...], otherwise: tuple[Any, ...] | None, truth: Truth
) -> dict[int, tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Of living records whose copy is wrong: what it holds, and what it should."""
    true, found = truth(), {}
    for pk, *held in model._base_manager.filter(deleted_at=None, merged_into=None).order_by("pk").values_list("pk", *columns).iterator():
        should = true.get(pk, otherwise)
        if should is not None and tuple(held) != should:
            found[pk] = (tuple(held), should)
    return found


def mend(model: type[models.Model], columns: tuple[str, ...], wrong: dict[int, tuple[tuple[Any, ...], tuple[Any, ...]]]) -> None:
    """Write what is true where the copy still holds what was found wrong."""
    with transaction.atomic():
        begin(Actor.system("job"))
        for pk, (held, should) in wrong.items():
            same = dict(zip(columns, held, strict=True))
            model._base_manager.filter(pk=pk, **same).update(**dict(zip(columns, should, strict=True)))
