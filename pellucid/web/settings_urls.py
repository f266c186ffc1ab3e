"""Addresses of the settings and of one's own profile."""

from __future__ import annotations

from django.urls import path

from .views import profile, profile_tokens
from .views.settings import audit, company, dictionaries, doing, fields, home, oversight, roles

urlpatterns = [
    path("settings", home.index, name="settings"),
    path("settings/", home.index),
    path("settings/do/<str:name>", doing.do, name="settings-do"),
    path("settings/do/<str:name>/<int:pk>", doing.do, name="settings-do-to"),
    path("settings/company/<slug:section>", company.section, name="settings-company"),
    path("settings/roles", roles.index, name="settings-roles"),
    path("settings/roles/<int:pk>", roles.role, name="settings-role"),
    path("settings/fields", fields.index, name="settings-fields"),
    path("settings/fields/<slug:key>", fields.resource, name="settings-fields-of"),
    path("settings/fields/<slug:key>/order", fields.arrange, name="settings-fields-order"),
    path("settings/dictionaries", dictionaries.index, name="settings-dictionaries"),
    path("settings/dictionaries/<str:key>", dictionaries.dictionary, name="settings-dictionary"),
    path("settings/dictionaries/<str:key>/order", dictionaries.arrange, name="settings-dictionary-order"),
    path("settings/audit", audit.index, name="settings-audit"),
    path("settings/audit/export", audit.export, name="settings-audit-export"),
    path("settings/sessions", oversight.sessions, name="settings-sessions"),
    path("settings/sessions/<int:pk>/end", oversight.end_session, name="settings-session-end"),
    path("settings/tokens", oversight.tokens, name="settings-tokens"),
    path("settings/tokens/<int:pk>/revoke", oversight.revoke, name="settings-token-revoke"),
    path("settings/bin", oversight.bin_overview, name="settings-bin"),
    path("settings/jobs", oversight.jobs, name="settings-jobs"),
    path("settings/view-as/<int:user>", oversight.view_as, name="view-as"),
    path("settings/view-as/stop", oversight.stop_viewing, name="view-as-stop"),
    path("settings/<slug:group>/<slug:name>", home.area_page, name="settings-area"),
    path("profile", profile.show, name="profile"),
    path("profile/photo", profile.photo, name="profile-photo"),
    path("profile/photo/<int:user>", profile.photo_of, name="photo"),
    path("profile/password", profile.password, name="profile-password"),
    path("profile/second-step", profile.second_step, name="profile-second-step"),
    path("profile/sessions/<int:pk>/end", profile.end_session, name="profile-session-end"),
    path("profile/sessions/end-others", profile.end_others, name="profile-sessions-end"),
    path("profile/tokens/new", profile_tokens.new_token, name="profile-token-new"),
    path("profile/tokens/<int:pk>/revoke", profile_tokens.revoke_token, name="profile-token-revoke"),
    path("profile/notices", profile.notices, name="profile-notices"),
]
