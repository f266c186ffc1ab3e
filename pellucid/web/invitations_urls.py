"""Addresses that strangers may open: links that work once, the forgotten password, the first set-up."""

from __future__ import annotations

from django.urls import path

from .views import identity

urlpatterns = [
    path("link/invite/<str:secret>", identity.invited, name="link-invite"),
    path("link/reset/<str:secret>", identity.reset, name="link-reset"),
    path("link/setup/<str:secret>", identity.setup, name="link-setup"),
    path("forgot", identity.forgot, name="forgot"),
]
