"""Every page of the settings: the administrator opens it, others are told which right they lack; both languages draw."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from pellucid.kernel.access.models import Role
from pellucid.kernel.records import settings
from pellucid.kernel.records.kinds import KINDS
from pellucid.kernel.resources.declare import registry
from pellucid.web.views.settings.fields import kind_label
from tests.people.test_staff import staff_for

pytestmark = pytest.mark.django_db

PAGES = ("", "/roles", "/fields", "/dictionaries", "/audit", "/sessions", "/tokens", "/bin", "/jobs", "/access/organisation")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_administrator_opens_every_page(browser, page, language):
    answer = browser("admin", language).get(f"/settings{page}", follow=True)
    assert answer.status_code == 200, answer.content.decode()[:500]


@pytest.mark.parametrize("page", [p for p in PAGES if p])
def test_others_are_told_which_right_is_missing(browser, page):
    answer = browser("alice").get(f"/settings{page}", follow=True)
    assert answer.status_code == 403


def test_sections_of_typed_settings(browser):
    client = browser("admin")
    for key in settings.sections:
        if settings.of_section(key):
            assert client.get(f"/settings/company/{key}").status_code == 200, key
    assert browser("alice").get("/settings/company/company").status_code == 403
    assert client.get("/settings/company/nothing").status_code == 404


def test_every_role_and_every_object(browser):
    client = browser("admin")
    for role in Role.objects.all():
        assert client.get(f"/settings/roles/{role.pk}").status_code == 200, role.code
    for key in registry:
        assert client.get(f"/settings/fields/{key}").status_code == 200, key


def test_the_organisation_counts_what_people_own_most_of_all_customers_and_deals(browser, world):
    staff_for(world, "alice")
    text = browser("admin").get("/settings/access/organisation").content.decode()
    assert re.search("客户.*线索.*商机", text.partition("<thead>")[2].partition("</thead>")[0], re.S) and "兜底人" in text


def test_values_of_a_dictionary_stand_in_the_language_of_who_looks(browser):
    for language, first, other in (("en", "Proposal", "方案"), ("zh-hans", "方案", "Proposal")):
        text = browser("admin", language).get("/settings/dictionaries/document_kind").content.decode()
        assert re.search(rf'<span class="m el">{first}</span>.*?<span class="i2 el donly">{other}</span>', text, re.S)


def test_every_kind_of_field_has_a_name_in_words():
    with translation.override("zh-hans"):
        names = {kind.key: kind_label(kind) for kind in KINDS.values()}
    assert not {key: name for key, name in names.items() if re.search("[a-z]", name)}
    assert (names["pipeline"], names["competitors"], names["file"], names["clock"]) == ("单选", "多选", "文件", "时刻")


def test_a_new_field_asks_for_values_or_a_target_where_its_kind_has_them(browser):
    text = browser("admin").get("/settings/do/customfield_create?resource=customer").content.decode()
    asked = dict(re.findall(r'data-field="(\w+)"(?: data-when="([^"]*)")?', text))
    assert {name: when for name, when in asked.items() if when} == {
        "options": "kind term terms", "target": "kind link", "uom": "kind decimal", "bands": "kind decimal"}  # fmt: skip


def test_auditor_reads_and_changes_nothing(browser, world):
    client = browser("audrey")
    assert client.get("/settings/audit").status_code == 200
    assert client.post("/settings/company/company", {"company.name": "x"}).status_code == 403
    assert client.get(f"/settings/do/unit_change/{world.units['east'].pk}").status_code == 403


def test_menu_shows_settings_to_those_who_may(browser):
    assert 'href="/settings"' in browser("admin").get("/").content.decode()
    assert 'href="/settings"' not in browser("alice").get("/").content.decode()
    assert 'href="/profile"' in browser("alice").get("/").content.decode()


DIALOGS = (
    "unit_create", "staff_hire", "role_create", "grant_give", "customfield_create?resource=customer", "term_create?dictionary=industry",
    "layout_set?resource=customer&field=phone",
)  # fmt: skip


@pytest.mark.parametrize("name", DIALOGS)
def test_dialogs_open(browser, name):
    assert browser("admin").get(f"/settings/do/{name}").status_code == 200
    assert browser("admin", **{"HX-Request": "true"}).get(f"/settings/do/{name}").status_code == 200
    assert browser("alice").get(f"/settings/do/{name}").status_code == 403


def test_only_administrative_actions_are_done_here(browser):
    for name in ("customer_create", "customer_delete", "setting_set", "nothing"):
        assert browser("admin").get(f"/settings/do/{name}").status_code == 404
