"""Reports: a question under a name, for oneself, a unit, a role or everybody; whoever opens one is answered within his own rights."""

from __future__ import annotations

import re

import pytest

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.metrics import reports
from pellucid.kernel.metrics.models import Report
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
QUESTION = "measures=open_amount,open_count&rows=owner&columns=stage&period=this_quarter&f.stage=in:1"


def keep(world, by: str = "alice", **values) -> Report:
    given = {"name": "在手商机", "question": QUESTION, **values}
    return run("report_create", None, world.actor(by), values=given).record


def seen(world, by: str) -> list[str]:
    return [r.name for r in reports.seen(world.actor(by))]


def test_a_question_is_kept_as_it_is_asked(world):
    made = keep(world, question=f"?{QUESTION}&as=xlsx&report=7&page=2")
    assert made.question == QUESTION and reports.address(made) == f"/analyses/cross?{QUESTION}&report={made.pk}"
    assert (made.owner, made.audience, made.meant_for) == (world.users["alice"], "private", None)
    assert Event.objects.filter(name="report.created", actor_id=world.users["alice"].pk).count() == 1
    for nonsense in ("", "rows=owner", "measures=nothing_like_it", "<script>"):
        with pytest.raises(Invalid):
            keep(world, question=nonsense)


def test_who_sees_it(world):
    keep(world, name="甲")
    assert {who: seen(world, who) for who in ("alice", "carol", "sam", "erin")} == {"alice": ["甲"], "carol": [], "sam": [], "erin": ["甲"]}
    keep(world, by="sam", name="部门", audience="unit")
    assert seen(world, "alice") == ["甲", "部门"] and "部门" in seen(world, "carol"), "in the unit and below it"
    assert "部门" not in seen(world, "bob") and "部门" not in seen(world, "mona"), "not above, not elsewhere"
    sales = Role.objects.get(code="sales").pk
    keep(world, by="erin", name="销售", audience="role", audience_role=sales)
    assert "销售" in seen(world, "alice") and "销售" in seen(world, "bob") and "销售" not in seen(world, "sam")
    keep(world, by="erin", name="全体", audience="all")
    assert all("全体" in seen(world, who) for who in ("alice", "bob", "walt", "fay", "audrey"))


def test_sharing_goes_as_far_as_ones_own_unit(world):
    for audience in ("all", "role"):
        with pytest.raises(Invalid) as bad:
            keep(world, by="sam", audience=audience, audience_role=Role.objects.get(code="sales").pk)
        assert list(bad.value.errors) == ["audience"]
    with pytest.raises(Invalid) as bad:
        keep(world, by="sam", audience="unit", audience_unit=world.units["west"].pk)
    assert list(bad.value.errors) == ["audience_unit"]
    assert keep(world, by="sam", audience="unit", audience_unit=world.units["east_team"].pk).meant_for == world.units["east_team"]
    with pytest.raises(Invalid) as bad:
        keep(world, by="erin", audience="role")
    assert list(bad.value.errors) == ["audience_role"]


def test_only_its_owner_changes_it(world):
    made = keep(world, by="sam", audience="unit")
    with pytest.raises(Forbidden):
        run("report_update", made.pk, world.actor("alice"), values={"name": "我的"}, version=made.version)
    with pytest.raises(Forbidden):
        run("report_delete", made.pk, world.actor("alice"))
    with pytest.raises(Missing):
        run("report_delete", made.pk, world.actor("bob"))
    run("report_update", made.pk, world.actor("sam"), values={"name": "周会", "audience": "private"}, version=made.version)
    made.refresh_from_db()
    assert (made.name, made.audience, made.meant_for) == ("周会", "private", None) and seen(world, "alice") == []
    run("report_delete", made.pk, world.actor("sam"))
    assert seen(world, "sam") == []
    run("report_restore", made.pk, world.actor("sam"))
    assert seen(world, "sam") == ["周会"]


def test_it_is_kept_opened_changed_and_listed(world, browser):
    alice = browser("alice")
    plain = alice.get("/analyses/cross?measures=open_amount&rows=owner&columns=stage")
    page = plain.content.decode()
    assert plain.context_data["said"] in page and plain.context_data["report"]["kept"] is None
    new = re.search(r'data-dialog="(/analyses/report\?[^"]*)"', page)[1].replace("&amp;", "&")
    form = alice.get(new, headers=HTMX).context_data["form"]["sections"][0]["fields"]
    assert [o["value"] for f in form if f["name"] == "audience" for o in f["options"]] == ["private", "unit"], "nothing is offered that is refused"
    empty = alice.post(new, {"name": "", "audience": "private"}, headers=HTMX)
    assert empty.status_code == 422
    answer = alice.post(new, {"name": "我的漏斗", "audience": "private"}, headers=HTMX)
    made = Report.objects.get()
    assert made.question == "columns=stage&measures=open_amount&rows=owner" and reports.address(made) in answer.headers["HX-Redirect"]
    page = alice.get(reports.address(made))
    assert page.context_data["title"] == "我的漏斗" and not page.context_data["report"]["save"] and not page.context_data["report"]["back"]
    assert "我的漏斗" in alice.get("/analyses/").content.decode()
    assert 'href="/reports/new"' not in alice.get("/reports/").content.decode(), "a report is made where its question is"
    assert 'data-drawer="/reports/new"' not in page.content.decode()
    renamed = alice.get(f"/analyses/report/{made.pk}", headers=HTMX).context_data["form"]
    assert renamed["action"] == f"/reports/{made.pk}/edit"
    assert [f["name"] for f in renamed["sections"][0]["fields"]] == ["name", "answers", "audience", "audience_unit", "audience_role"]
    other = alice.get(f"{reports.address(made)}&period=this_month").context_data["report"]
    assert other["back"] == reports.address(made)
    alice.post(other["save"], headers=HTMX)
    made.refresh_from_db()
    assert "period=this_month" in made.question
    assert browser("bob").get(reports.address(made)).context_data["report"]["kept"] is None, "somebody else's is not there"
    assert browser("bob").post(f"/analyses/report/{made.pk}?measures=open_amount", headers=HTMX).status_code == 404


def test_sharing_shows_nobody_more_than_he_may_see(world, browser):
    for by, amount in (("alice", 300), ("bob", 1000)):
        customer = world.customer(f"{by}的客户", by=by)
        run("opportunity_create", None, world.actor(by), values={"name": by, "customer": customer.pk, "amount": amount})
    made = keep(world, by="erin", name="全体", audience="all", question="measures=open_amount&rows=owner&columns=stage")

    def total(who: str) -> str:
        return browser(who).get(reports.address(made)).context_data["part"]["whole"][0].text

    assert (total("erin"), total("alice"), total("bob")) == ("1,300", "300", "1,000")
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="amount_base", level="none")
    assert browser("alice").get(reports.address(made)).status_code == 403
