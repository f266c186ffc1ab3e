"""Only licences that allow free commercial use, and NOTICE names what the product is built on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = re.compile(
    r"MIT([- ]License|-0|-CMU)?|BSD([- ]\d-Clause|[- ]License)?|Apache([- ]2\.0|[- ]Software License)?( License)?"
    r"|ISC( License)?( \(ISCL)?"
    r"|PSF(-2\.0)?|Python Software Foundation License|0BSD|MPL-2\.0|Mozilla Public License 2\.0( \(MPL 2\.0)?"
    r"|LGPL-[\d.]+(-only|-or-later)?|OFL-1\.1|PostgreSQL|HPND|Unlicense|Zlib|CC0-1\.0|Apache License 2\.0",
    re.I,
)

# Said in no form a machine reads: a person read the licence files of the package. Other words than these are to be read again.
READ = {"pypdfium2": "BSD-3-Clause, Apache-2.0, dependency licenses"}  # PDFium's own parts: BSD, MIT, Apache, zlib, FTL, IJG, ICU, AGG 2.3


def allowed(licence: str) -> bool:
    """Is this licence expression one of ours? Of alternatives one is enough, of joined ones each must be."""
    choices = re.split(r"\s+OR\s+", licence.strip("() "))
    return any(all(ALLOWED.fullmatch(part.strip("() ")) for part in re.split(r"\s+AND\s+|;\s*", choice)) for choice in choices)


def installed() -> dict[str, str]:
    """Package -> licence of this environment."""
    command = [sys.executable, "-m", "piplicenses", "--format=json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {row["Name"]: row["License"] for row in json.loads(answer)}


def problems() -> list[str]:
    """Licences that are not allowed, and works that NOTICE does not name."""
    found = [f"{name}: {licence}" for name, licence in installed().items() if READ.get(name) != licence and not allowed(licence)]
    notice = (ROOT / "NOTICE").read_text().lower()
    for line in (ROOT / "requirements.in").read_text().splitlines():
        if (name := re.match(r"[A-Za-z0-9_-]+", line)) and not re.search(rf"^  {name[0].lower()}\s", notice, re.M):
            found.append(f"NOTICE does not name {name[0]}")
    for lock in (ROOT / "pellucid").rglob("vendor.lock.json"):
        entries = json.loads(lock.read_text())
        for entry in entries.get("packages", entries) if isinstance(entries, dict) else entries:
            if isinstance(entry, dict) and not allowed(str(entry.get("licence") or entry.get("license") or "unknown")):
                found.append(f"{lock.name}: {entry.get('name')}: {entry.get('licence')}")
    return found


def main() -> int:
    found = problems()
    print("\n".join(found) or f"Licences: {len(installed())} packages, all allowed.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
