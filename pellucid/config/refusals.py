"""A start or a command that cannot be done answers with a sentence, not with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pellucid.config.texts import _


class Refused(Exception):
    """Why it cannot be done, as a sentence for a person."""


def guarded(work: Callable[[], int]) -> int:
    """Do the work; what a person can put right is printed as a sentence, and the exit code is 1."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import OperationalError, ProgrammingError
    from psycopg.errors import UndefinedTable

    from pellucid.config.embedded.binaries import Unavailable

    try:
        return work()
    except (Refused, ImproperlyConfigured, Unavailable, CommandError) as reason:
        print(reason, file=sys.stderr)
    except OperationalError as reason:
        print(_("The database does not answer: {reason}", reason=str(reason).strip()), file=sys.stderr)
    except ProgrammingError as reason:
        if not isinstance(reason.__cause__, UndefinedTable):
            raise
        print(_("The database is not prepared yet, or not for this version: pellucid migrate does it."), file=sys.stderr)
    except PermissionError as reason:
        text = _("{folder} cannot be used: {reason}. PELLUCID_HOME names another folder.")
        print(text.format(folder=reason.filename, reason=reason.strerror), file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1
