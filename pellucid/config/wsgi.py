"""The WSGI application, loaded once per web process."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

from pellucid.config.supervisor import end_with_parent  # noqa: E402

end_with_parent()
application = get_wsgi_application()

# What was loaded stays: the collector need not walk it again, and forked processes keep sharing its pages.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
