"""Whatever an action asks for as a link is looked up within the actor's reach, whoever wrote the action."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pellucid.customers.models import KeptApart
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.links import check_links
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources.declare import registry
from tests.samples import record_of

pytestmark = pytest.mark.django_db
WITH_LINKS = sorted(a.name for a in actions.values() if any(s.kind.key == "link" and s.target in registry for s in a.inputs))


def without(actor, key, verbs):
    """The actor with these verbs on a resource taken from him."""
    kept = {right: scopes for right, scopes in actor.rights.granted.items() if right[0] != key or right[1] not in verbs}
    return replace(actor, rights=replace(actor.rights, granted=kept, _scopes={}))


def test_there_are_such_actions():
    assert {"finding_adopt", "lead_convert", "customer_merge"} <= set(WITH_LINKS)


@pytest.mark.parametrize("name", WITH_LINKS)
def test_a_link_out_of_reach_is_refused_at_its_field(name, world):
    admin, reached = world.actor("admin"), []
    for spec in (s for s in actions[name].inputs if s.kind.key == "link"):
        # only the link is asked for, and the rule behind it does nothing: what refuses is the way every action goes
        seen = replace(actions[name], inputs=(spec,), function=lambda *record, actor, **given: reached.append(given), move="", locks=(), reach=None,
                       leaves_scope=True)  # fmt: skip
        verb = spec.options["verb"]
        pk = record_of(seen.resource, world).pk if seen.on == "record" else None
        target = record_of(spec.target, world)
        taken = {verb} if verb != seen.verb or spec.target != seen.resource else set()
        assert taken, f"{name}.{spec.name}: the record itself would be out of reach"
        run(seen, pk, admin, {spec.name: target.pk})
        assert reached.pop() == {spec.name: target.pk}
        for given, actor in ((target.pk, without(admin, spec.target, taken)), (2**40, admin)):
            with pytest.raises(Invalid) as refused:
                run(seen, pk, actor, {spec.name: given})
            assert list(refused.value.errors) == [spec.name]
            if pk is not None:
                with pytest.raises(Invalid):
                    run_many(seen, [pk], actor, {spec.name: given})
        assert not reached


def test_one_statement_looks_up_all_links_of_a_model(world, django_assert_num_queries):
    link = next(s for s in actions["customer_merge"].inputs if s.kind.key == "link")
    ids = [world.customer(name).pk for name in ("甲公司", "乙公司", "丙公司")]
    asked = [link.changed(name=f"c{n}") for n in range(3)]
    alice = world.actor("alice")
    with django_assert_num_queries(1):
        check_links(asked, {f"c{n}": pk for n, pk in enumerate(ids)}, alice)


def test_who_may_only_see_is_told_which_right_is_missing(world):
    link = next(s for s in actions["finding_adopt"].inputs if s.kind.key == "link")
    assert link.options["verb"] == "edit"
    book, found = record_of("playbook", world), record_of("finding", world)
    with pytest.raises(Invalid) as refused:
        run("finding_adopt", found.pk, without(world.actor("admin"), "playbook", {"edit"}), {"playbook": book.pk})
    assert refused.value.errors == {"playbook": ["您能看这条记录，但缺少权限“销售打法 · 编辑”。"]}


def test_an_id_that_was_merged_away_means_what_it_is_now(world):
    here, gone, third = (world.customer(name) for name in ("甲公司", "乙公司", "丙公司"))
    boss = world.actor("admin")
    run("customer_merge", here.pk, boss, {"other": gone.pk})
    run("customer_keep_apart", third.pk, boss, {"other": gone.pk})
    assert set(KeptApart.objects.values_list("one", "other")) == {(here.pk, third.pk)}
