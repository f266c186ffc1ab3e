"""The WSGI application, loaded once per web process."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from pellucid.config import catalogues
from pellucid.config.supervisor import end_with_parent

end_with_parent()
application = get_wsgi_application()
catalogues.join()
if settings.PELLUCID_TRUSTED_PROXIES:
    application = wrap_wsgi_with_proxy_headers(application, settings.PELLUCID_TRUSTED_PROXIES)

# What was loaded stays: the collector need not walk it again, and forked processes keep sharing its pages.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
