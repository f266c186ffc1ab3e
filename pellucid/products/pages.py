"""Where products stand in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Menu, place

place(Menu("product", _("Products"), "/products/", "package", needs="product.view", position=120))
