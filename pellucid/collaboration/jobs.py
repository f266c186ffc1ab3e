"""What the nightly check asks of tasks and documents."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from pellucid.kernel.jobs.checks import check

from .actions.linking import figures_agree
from .actions.tasks import copies_agree


@check("collaboration.next_steps")
def next_steps_agree() -> Iterator[str]:
    """The copy of a next step on a record says what its open task says."""
    for wrong in copies_agree():
        yield _("%(resource)s %(id)s: the copy of the next step differs from the open task") % wrong


@check("collaboration.document_figures")
def document_figures_agree() -> Iterator[str]:
    """How often a document was used, and how that ended, is what its uses say."""
    for pk in figures_agree():
        yield _("Document %(id)s: its figures differ from what it was used for") % {"id": pk}
