"""Where products stand in the menu, and the documents that describe them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.documents import uses_documents
from pellucid.kernel.resources.declare import Menu, place

from .models import Product

place(Menu("product", _("Products"), "/products/", "package", needs="product.view", position=120),
      Menu("pricelist", _("Price lists"), "/price-lists/", "tags", group="product", needs="pricelist.view", position=121))
uses_documents(Product, tag=True)
