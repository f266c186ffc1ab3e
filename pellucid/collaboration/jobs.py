"""What the nightly check asks of tasks."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from pellucid.kernel.jobs.checks import check

from .actions.tasks import copies_agree


@check("collaboration.next_steps")
def next_steps_agree() -> Iterator[str]:
    """The copy of a next step on a record says what its open task says."""
    for wrong in copies_agree():
        yield _("%(resource)s %(id)s: the copy of the next step differs from the open task") % wrong
