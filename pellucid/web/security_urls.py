"""Addresses of the other ways in."""

from __future__ import annotations

from django.urls import path

from .views import ways_in

urlpatterns = [
    path("login/passkey/options", ways_in.passkey_options, name="passkey-options"),
    path("login/passkey", ways_in.passkey_sign_in, name="passkey-sign-in"),
    path("login/company", ways_in.company, name="company-sign-in"),
    path("login/company/back", ways_in.company_back, name="company-sign-in-back"),
    path("profile/passkeys/options", ways_in.passkey_new, name="passkey-new"),
    path("profile/passkeys", ways_in.passkey_add, name="passkey-add"),
    path("profile/passkeys/<int:pk>/remove", ways_in.passkey_remove, name="passkey-remove"),
]
