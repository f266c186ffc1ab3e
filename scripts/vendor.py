"""Fetch the third-party files of the pages from the npm registry and note what came: `make vendor`.

Versions are pinned here; vendor.lock.json holds the checksum of every file and is checked by a test.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from scripts.build_static import used_icons

VENDOR = Path(__file__).resolve().parent.parent / "pellucid" / "web" / "static" / "vendor"
PACKAGES = (
    ("htmx.org", "4.0.1", "0BSD", {"dist/htmx.min.js": "htmx.js", "LICENSE": "htmx.LICENSE"}),
    (
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        {"files/inter-latin-wght-normal.woff2": "inter.woff2", "LICENSE": "inter.LICENSE"},
    ),
    ("@tabler/icons", "3.51.0", "MIT", {"LICENSE": "tabler-icons.LICENSE"}),
)

# Kept at hand beside those in use, so that a new button seldom needs the registry.
STOCK = """
abacus activity ad address-book adjustments adjustments-horizontal affiliate alarm alert-circle alert-hexagon alert-octagon
alert-triangle align-left api app-window apps archive arrow-back-up arrow-down arrow-left arrow-merge arrow-right arrow-up
arrow-forward-up arrows-diff arrows-exchange arrows-left-right arrows-sort arrows-split-2 at award ban barcode basket bell
bell-off bell-ringing binary-tree bolt book-2 bookmark box brand-teams brand-wechat briefcase building building-bank
building-community building-factory-2 building-plus building-store building-warehouse bulb calculator calendar calendar-due
calendar-event calendar-month calendar-off calendar-plus calendar-share calendar-stats calendar-time calendar-week calendar-x
camera car cash category certificate chart-arrows chart-bar chart-dots chart-funnel chart-histogram chart-line chart-pie check
checkbox checklist checks checkup-list chevron-down chevron-left chevron-right chevron-up chevrons-left chevrons-right circle
circle-check circle-dashed circle-plus circle-x clipboard clipboard-check clipboard-list clock clock-pause clock-play
cloud-upload code coin coins color-swatch columns-3 comet contract copy corner-down-left cpu credit-card crown currency-yuan
dashboard database database-export database-import device-desktop device-floppy device-mobile devices dots dots-vertical
download droplet edit exchange external-link eye eye-off file file-analytics file-check file-diff file-download file-export
file-import file-invoice file-plus file-spreadsheet file-text file-upload files filter filter-off filter-plus fingerprint flag
flame folder folder-open folders forms function gauge gift git-branch git-merge globe gps grip-vertical hammer hand-stop hash
headset heart heart-handshake help-circle hierarchy hierarchy-2 history home home-2 hourglass id id-badge-2 inbox info-circle
key keyboard language list-tree layout-board layout-grid layout-kanban layout-list layout-sidebar layout-sidebar-left-collapse
layout-sidebar-left-expand letter-case line-height link link-off list list-check list-details list-numbers loader-2 location
lock lock-open login logout mail mail-forward mail-opened map map-2 map-pin map-pin-check medal menu-2 message message-circle
message-dots message-report messages microphone minus mood-happy mood-sad moon note notebook notes octagon-off package
package-export paperclip password pencil pencil-plus percentage phone phone-call phone-incoming photo player-pause player-play
plug plus point presentation printer progress puzzle qrcode question-mark receipt receipt-2 receipt-refund recycle refresh
refresh-alert reload replace report report-analytics report-money restore ripple road robot rocket rosette rotate route ruler
school search send server settings settings-2 share share-3 shield shield-check shield-lock shopping-cart signature sitemap
sort-ascending sort-descending sparkles speakerphone square stack stack-2 star star-off steering-wheel subtask sum sun swipe
switch-horizontal sword swords table table-column table-export table-import table-options tag tags target target-arrow template
test-pipe thumb-down thumb-up ticket timeline tool tools tooltip transfer transform trash trash-x tree trending-down
trending-up trophy truck truck-delivery truck-return typography unlink upload user user-cancel user-check user-circle user-cog
user-edit user-minus user-off user-plus user-question user-search user-share user-shield user-star user-up user-x users
users-group users-minus users-plus video view-360 wallet wand wave-sine webhook wifi-off world world-www writing x zoom-in
zoom-out
"""


def fetch(name: str, version: str, into: Path) -> Path:
    """Download and unpack one package with npm, running none of its scripts; returns its folder."""
    command = ["npm", "pack", f"{name}@{version}", "--silent", "--ignore-scripts", "--pack-destination", str(into)]
    archive = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]
    target = into / name.replace("/", "_")
    with tarfile.open(into / archive) as opened:
        opened.extractall(target, filter="data")
    return target / "package"


def drawing(svg: str) -> str:
    """What stands inside the <svg> of one icon, without the empty frame."""
    inner = svg.partition(">")[2].rpartition("</svg>")[0]
    inner = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", inner)
    return re.sub(r"\s+", " ", inner).replace(" />", "/>").replace("> <", "><").strip()


def icons(package: Path) -> str:
    """The stock and the icons in use, as JSON: name -> drawing."""
    found, missing = {}, []
    for name in sorted({*STOCK.split(), *used_icons()}):
        path = package / "icons" / "outline" / f"{name}.svg"
        if path.exists():
            found[name] = drawing(path.read_text())
        else:
            missing.append(name)
    if missing:
        print(f"Tabler has no outline icon called {', '.join(missing)}.")
    return json.dumps(found, indent=0, ensure_ascii=False) + "\n"


def main() -> None:
    """Fetch everything and write the lock file."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    lock = []
    with tempfile.TemporaryDirectory() as folder:
        for name, version, licence, wanted in PACKAGES:
            package = fetch(name, version, Path(folder))
            files = []
            for source, target in wanted.items():
                (VENDOR / target).write_bytes((package / source).read_bytes())
                files.append(target)
            if name == "@tabler/icons":
                (VENDOR / "icons.json").write_text(icons(package))
                files.append("icons.json")
            sums = {file: hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() for file in files}
            lock.append({"name": name, "version": version, "licence": licence, "files": sums})
    (VENDOR / "vendor.lock.json").write_text(json.dumps(lock, indent=2) + "\n")


if __name__ == "__main__":
    main()
