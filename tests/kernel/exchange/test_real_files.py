"""Other people's files, as they are, through the command: accounts with parents, sales teams as units and people."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from pellucid.customers.models import Customer
from pellucid.kernel.access.models import Grant, Unit, User
from pellucid.kernel.exchange import export_command, import_command
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


def test_what_was_imported_can_be_exported(world, tmp_path):
    command(import_command, str(FILES / "accounts.csv"), "--mapping", "maven_accounts", "--as", "admin")
    file = tmp_path / "out.csv"
    assert command(export_command, "customer", str(file), "--as", "admin", "--fields", "name,parent,revenue", "--filter", "f.parent=filled") == 0
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 16 and any("Bluth Company,Acme Corporation,1242320000" in line for line in lines)
