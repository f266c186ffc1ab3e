"""`python -m pellucid`."""

from __future__ import annotations

import sys

from pellucid.config.cli import main

sys.exit(main())
