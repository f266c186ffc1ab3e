"""A start or a command that cannot be done answers with a sentence, not with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable


class Refused(Exception):
    """Why it cannot be done, as a sentence for a person."""


def guarded(work: Callable[[], int]) -> int:
    """Do the work; what a person can put right is printed as a sentence, and the exit code is 1."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import OperationalError

    from pellucid.config.embedded.binaries import Unavailable

    try:
        return work()
    except (Refused, ImproperlyConfigured, Unavailable, CommandError) as reason:
        print(reason, file=sys.stderr)
    except OperationalError as reason:
        print(f"The database does not answer: {str(reason).strip()}", file=sys.stderr)
    except PermissionError as reason:
        print(f"{reason.filename} cannot be used: {reason.strerror}. PELLUCID_HOME names another folder.", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1
