"""Who goes on with a judged lead: an opportunity goes to those who sell, potential to those who nurture, by the company's rules."""

from __future__ import annotations

import pytest

from pellucid.customers.models import Lead
from pellucid.kernel.access.models import Grant, Role, RoleRight
from pellucid.kernel.actions.run import run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rules(world):
    """Potential goes to marketing, everything else in turn to who sells in the east."""
    mark = world.users["mark"].pk
    for values in ({"name": "潜在线索由市场部培育", "position": 1, "way": "person", "person": mark, "conditions": "f.state=in:nurtured"},
                   {"name": "华东轮流", "position": 2, "way": "round", "unit": world.units["east_sales"].pk}):  # fmt: skip
        run("allocationrule_create", None, world.actor("admin"), values=values)


def lead(world, by):
    return run("lead_create", None, world.actor(by), values={"name": "苏州恒力机械", "mobile": "13800000001"}).record


def judged(world, verb, by):
    one = lead(world, by)
    run(verb, one.pk, world.actor(by), {"note": "问过了"})
    one.refresh_from_db()
    return one.owner.username, one.rule.name if one.rule else "", one.state


def test_potential_goes_to_marketing(world, browser):
    assert judged(world, "lead_nurture", "alice") == ("mark", "潜在线索由市场部培育", "nurtured")
    assert "规则“潜在线索由市场部培育”" in browser("mark").get(f"/leads/{Lead.objects.get().pk}").content.decode()


def test_an_opportunity_that_marketing_found_goes_to_sales(world):
    owner, rule, state = judged(world, "lead_qualify", "mark")
    assert (owner, rule, state) in {(name, "华东轮流", "qualified") for name in ("alice", "carol", "dave")}


def test_who_goes_on_with_it_keeps_it(world):
    assert judged(world, "lead_qualify", "alice") == ("alice", "", "qualified")
    Lead.objects.all().delete()
    assert judged(world, "lead_nurture", "mark") == ("mark", "", "nurtured")


def test_without_a_rule_for_what_was_judged_nobody_loses_it(world):
    run("allocationrule_stop", Lead._meta.get_field("rule").related_model.objects.get(position=1).pk, world.actor("admin"))
    assert judged(world, "lead_nurture", "alice") == ("alice", "", "nurtured"), "the rules for what comes in say who sells"


def test_a_company_may_leave_it_to_people(world):
    run("setting_set", None, world.actor("admin"), values={"leads.allocate_judged": "0"})
    assert judged(world, "lead_nurture", "alice") == ("alice", "", "nurtured")


def test_rules_for_what_comes_in_take_no_opportunity_from_whom_it_has_reached(world):
    """A rule for web leads sends to marketing in turn, another catches all: neither speaks of what was judged."""
    mark, rule = world.users["mark"], Lead._meta.get_field("rule").related_model
    rule.objects.all().delete()
    pool = run("pool_create", None, world.actor("admin"), values={"name": "公共线索", "kind": "lead", "unit": world.units["hq"].pk,
                                                                   "keeper": world.users["mona"].pk}).record  # fmt: skip
    for values in ({"name": "来线索给市场部", "position": 1, "way": "person", "person": mark.pk},
                   {"name": "其余进公海", "position": 2, "way": "pool", "pool": pool.pk}):  # fmt: skip
        run("allocationrule_create", None, world.actor("admin"), values=values)
    assert judged(world, "lead_qualify", "mark") == ("mark", "", "qualified"), "nobody among those who sell was found"
    Lead.objects.all().delete()
    rule.objects.filter(position=1).delete()
    assert judged(world, "lead_qualify", "mark")[0] == "mark", "a pool takes only what a rule for judged leads sends there"
    Lead.objects.all().delete()
    rule.objects.update(conditions="f.state=in:qualified")
    one = lead(world, "mark")
    run("lead_qualify", one.pk, world.actor("mark"))
    one.refresh_from_db()
    assert one.pool == pool


def test_a_seller_by_a_role_of_the_companys_own_keeps_what_he_judges(world):
    role = Role.objects.create(code="role1", label={"zh-hans": "大客户经理"})
    sales = Role.objects.get(code="sales")
    RoleRight.objects.bulk_create(RoleRight(role=role, resource=r.resource, verb=r.verb, scope=r.scope) for r in sales.rights.all())
    Grant.objects.filter(user=world.users["alice"]).update(role=role)
    assert judged(world, "lead_qualify", "alice") == ("alice", "", "qualified")
