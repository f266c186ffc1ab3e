"""Other people's files, as they are, through the command: accounts with parents, sales teams as units and people."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from pellucid.customers.models import Customer
from pellucid.kernel.access.models import Grant, Unit, User
from pellucid.kernel.actions.run import run as do
from pellucid.kernel.exchange import export_command, import_command, running, undoing
from pellucid.kernel.exchange.models import ImportRun
from pellucid.people.models import Staff
from tests.databases import ROOT

FILES = Path(ROOT).parent / "shared" / "data" / "maven_crm"
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not FILES.is_dir(), reason=f"the real files are not in {FILES}")]


def command(module, *words: str) -> int:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return module.main(parser.parse_args(words))


def test_accounts_with_their_parents(world, capsys):
    file = str(FILES / "accounts.csv")
    assert command(import_command, file, "--mapping", "maven_accounts", "--as", "admin", "--check") == 0
    assert not Customer.objects.exists()
    assert command(import_command, file, "--mapping", "maven_accounts", "--as", "admin") == 0
    assert "rows 85, imported 85" in capsys.readouterr().out
    assert Customer.objects.count() == 85
    children = Customer.objects.filter(parent__isnull=False)
    assert children.count() == 15 and children.values("parent").distinct().count() == 7
    assert Customer.objects.filter(industry=None).count() == 0
    assert Customer.objects.filter(industry__code="39").count() == 12
    assert Customer.objects.get(name="Acme Corporation").revenue == 1_100_040_000
    assert Customer.objects.get(name="Bluth Company").parent.name == "Acme Corporation"
    assert command(import_command, file, "--mapping", "maven_accounts", "--as", "admin") == 0
    assert Customer.objects.count() == 85


def test_sales_teams_as_units_and_staff(world):
    file, before = str(FILES / "sales_teams.csv"), User.objects.count()
    assert command(import_command, file, "--mapping", "maven_sales_teams", "--as", "admin", "--check") == 0
    assert not Staff.objects.exists() and User.objects.count() == before
    assert command(import_command, file, "--mapping", "maven_sales_teams", "--as", "admin") == 0
    offices = Unit.objects.filter(kind="branch", name__in=("Central", "East", "West"))
    assert offices.count() == 3
    managers = Staff.objects.filter(user_id__in=Staff.objects.exclude(manager=None).values("manager"))
    assert managers.count() == 6 and Staff.objects.filter(manager__isnull=False).count() == 35 and Staff.objects.count() == 41
    assert User.objects.count() == before + 41
    assert Grant.objects.filter(role__code="sales", unit__in=offices).count() == 35
    assert Grant.objects.filter(role__code="sales_manager", unit__in=offices).count() == 6
    assert {s.unit.name for s in Staff.objects.filter(manager__name="Dustin Brinkmann")} == {"Central"}


def test_taking_staff_back_leaves_no_login_and_no_unit(world):
    before = User.objects.filter(is_active=True).count(), Unit.objects.filter(closed_at=None).count()
    assert command(import_command, str(FILES / "sales_teams.csv"), "--mapping", "maven_sales_teams", "--as", "admin") == 0
    run = ImportRun.objects.get()
    assert len(run.made) == 9  # three offices, six managers
    busy = Staff.objects.filter(manager__isnull=False).first()
    customer = world.customer("甲公司")
    do("customer_reassign", customer.pk, world.actor("admin"), {"owner": busy.user_id})
    assert command(import_command, "--undo", str(run.pk), "--as", "admin") == 0
    run.refresh_from_db()
    assert [r.reason for r in undoing.stayed(run)] and undoing.stayed(run).count() == 1, "who owns a customer meanwhile stays"
    here = {busy.user_id, busy.manager_id}
    assert set(Staff.objects.filter(deleted_at=None).values_list("user_id", flat=True)) == here
    assert User.objects.filter(is_active=True).count() == before[0] + 2
    assert Unit.objects.filter(closed_at=None).count() == before[1] + 1


def test_an_interrupted_import_goes_on_by_its_number(world, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 20)
    seen = []

    def killed(run, lines):
        seen.append(len(lines))
        if len(seen) == 3:
            raise KeyboardInterrupt
        advance(run, lines)

    advance = running._advance
    monkeypatch.setattr(running, "_advance", killed)
    with pytest.raises(KeyboardInterrupt):
        command(import_command, str(FILES / "accounts.csv"), "--mapping", "maven_accounts", "--as", "admin")
    run = ImportRun.objects.get()
    assert (run.position > 0, run.rows, Customer.objects.count()) == (True, 40, 40)
    monkeypatch.setattr(running, "_advance", advance)
    assert command(import_command, "--resume", str(run.pk), "--as", "admin") == 0
    run.refresh_from_db()
    assert (run.state, run.rows, run.imported, Customer.objects.count()) == ("done", 85, 85, 85)
    assert Customer.objects.exclude(parent=None).count() == 15
    assert command(import_command, "--resume", str(run.pk), "--as", "admin") != 0 or Customer.objects.count() == 85


def test_what_was_imported_can_be_exported(world, tmp_path):
    command(import_command, str(FILES / "accounts.csv"), "--mapping", "maven_accounts", "--as", "admin")
    file = tmp_path / "out.csv"
    assert command(export_command, "customer", str(file), "--as", "admin", "--fields", "name,parent,revenue", "--filter", "f.parent=filled") == 0
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 16 and any("Bluth Company,Acme Corporation,1242320000" in line for line in lines)
