"""Make the few files a browser loads from the many we edit: `make generate` calls main(), a test says whether the result is fresh.

css/    -> dist/pellucid.<hash>.css    every sheet inside its cascade layer
        -> dist/calendar.<hash>.css    a folder under css/pages: what only those pages need, linked by their templates
js/     -> dist/app.<hash>.js          our modules in the order of their imports, imports and exports taken off
vendor/ -> dist/htmx.<hash>.js, inter.<hash>.woff2, icons.<hash>.svg (the icons in use only)
dist/manifest.json maps the plain names to the hashed ones; pellucid.web.icons reads it.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pellucid"
STATIC = PACKAGE / "web" / "static"
DIST = STATIC / "dist"
LAYERS = ("reset", "tokens", "base", "parts", "pages", "small", "print")

ICON_USES = (
    re.compile(r"""\bic\(\s*['"]([a-z0-9-]+)['"]"""),
    re.compile(r"""\bicon\s*[=:]\s*['"]([a-z0-9-]+)['"]"""),
    re.compile(r"""['"]icon['"]\s*:\s*['"]([a-z0-9-]+)['"]"""),
    re.compile(r"""data-icon=['"]([a-z0-9-]+)['"]"""),
)
ALWAYS = ("file", "check", "x", "alert-circle", "circle-check", "wifi-off", "chevron-down")  # named by our own modules


def used_icons() -> set[str]:
    """Names of the icons that templates, Python and JavaScript ask for by ic(...) or as an icon."""
    names = set(ALWAYS)
    for path in PACKAGE.rglob("*"):
        if path.suffix in {".html", ".py", ".js"} and not {"dist", "vendor"} & set(path.parts):
            text = path.read_text(errors="replace")
            for use in ICON_USES:
                names.update(use.findall(text))
    return names


def icon_choices() -> dict[str, str]:
    """Every vendored icon: name -> drawing."""
    chosen: dict[str, str] = json.loads((STATIC / "vendor" / "icons.json").read_text())
    return chosen


def named_icons(known: dict[str, str]) -> set[str]:
    """Icons whose name is a whole string somewhere in our Python: declarations name their icons in many ways."""
    names = set()
    for folder in (PACKAGE, ROOT / "scripts" / "samples"):
        for path in folder.rglob("*.py"):
            names.update(re.findall(r"""['"]([a-z][a-z0-9-]+)['"]""", path.read_text(errors="replace")))
    return names & known.keys()


def missing_icons() -> list[str]:
    """Icons asked for that are not vendored: misspelt, or `make vendor` has to run."""
    return sorted(used_icons() - icon_choices().keys())


def sprite() -> str:
    """The icons in use as one SVG of symbols; a test says when one is missing."""
    known = icon_choices()
    names = sorted((used_icons() & known.keys()) | named_icons(known))
    symbols = "".join(f'<symbol id="{name}" viewBox="0 0 24 24">{known[name]}</symbol>' for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'


def squeeze_css(text: str) -> str:
    """Take comments and needless blanks off; blanks inside strings and round + and - stay."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([{};,])\s*", r"\1", text)
    text = re.sub(r":\s+", ":", text)
    text = re.sub(r"\s*>\s*", ">", text)
    return text.replace(";}", "}").strip()


def with_system_dark(text: str) -> str:
    """Repeat the dark tokens for those whose system is dark and who did not choose light."""
    block = re.search(r':root\[data-theme="dark"\]\s*{([^}]*)}', text)
    if block is None:
        raise SystemExit("tokens.css has no dark block.")
    return text + f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{{block[1]}}} }}\n'


def stylesheet(font: str) -> str:
    """All sheets in one, each inside its layer."""
    css = STATIC / "css"
    made = [f"@layer {','.join(LAYERS)};"]
    for layer in LAYERS:
        folder = css / layer
        sheets = sorted(folder.glob("*.css")) if folder.is_dir() else [css / f"{layer}.css"]
        text = "\n".join(sheet.read_text() for sheet in sheets)
        if layer == "tokens":
            text = with_system_dark(text).replace("inter.woff2", font)
        made.append(f"@layer {layer}{{{squeeze_css(text)}}}")
    return "\n".join(made) + "\n"


def page_sheets() -> dict[str, str]:
    """`calendar.css` -> its text, for each folder under css/pages."""
    folders = sorted(path for path in (STATIC / "css" / "pages").iterdir() if path.is_dir())
    texts = {folder.name: "\n".join(sheet.read_text() for sheet in sorted(folder.glob("*.css"))) for folder in folders}
    return {f"{name}.css": f"@layer pages{{{squeeze_css(text)}}}\n" for name, text in texts.items()}


IMPORT = re.compile(r'^import\s[^;]*?from\s+"\./([\w-]+)\.js";\n', re.M)
BARE_IMPORT = re.compile(r'^import\s+"\./([\w-]+)\.js";\n', re.M)
TOP_LEVEL = re.compile(r"^(?:async )?(?:const|let|function|class)\s+\*?(\w+)", re.M)


def module_order() -> list[str]:
    """Names of our modules, each after those it imports; app.js is the root."""
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise SystemExit(f"Modules import each other: {' -> '.join([*path, name])}")
        if name in order:
            return
        text = (STATIC / "js" / f"{name}.js").read_text()
        for needed in [*IMPORT.findall(text), *BARE_IMPORT.findall(text)]:
            visit(needed, (*path, name))
        order.append(name)

    visit("app", ())
    unused = {path.stem for path in (STATIC / "js").glob("*.js")} - set(order)
    if unused:
        raise SystemExit(f"Modules nobody imports: {', '.join(sorted(unused))}")
    return order


def squeeze_js(text: str) -> str:
    """Take whole-line comments and indentation off; nothing cleverer, so that nothing can break."""
    text = re.sub(r"^\s*/\*.*?\*/\n", "", text, flags=re.S | re.M)
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def script() -> str:
    """Our modules as one module. Their top-level names must differ: they share one scope here."""
    made, owners = [], dict[str, str]()
    for name in module_order():
        text = (STATIC / "js" / f"{name}.js").read_text()
        text = re.sub(r"^export\s+", "", BARE_IMPORT.sub("", IMPORT.sub("", text)), flags=re.M)
        for declared in TOP_LEVEL.findall(text):
            if declared in owners:
                raise SystemExit(f"{declared} is declared in {owners[declared]}.js and in {name}.js.")
            owners[declared] = name
        made.append(squeeze_js(text))
    return "".join(made)


def hashed(name: str, content: bytes) -> str:
    """`pellucid.css` -> `pellucid.1f2e3d4c.css`."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:8]}.{suffix}"


def build() -> dict[str, bytes]:
    """File name -> content of everything in dist/, the manifest included."""
    vendor = STATIC / "vendor"
    plain = {"inter.woff2": (vendor / "inter.woff2").read_bytes()}
    plain["pellucid.css"] = stylesheet(hashed("inter.woff2", plain["inter.woff2"])).encode()
    plain.update({name: text.encode() for name, text in page_sheets().items()})
    plain["htmx.js"] = re.sub(rb"\n//# sourceMappingURL=\S+\s*$", b"\n", (vendor / "htmx.js").read_bytes())
    plain["app.js"] = script().encode()
    plain["icons.svg"] = sprite().encode()
    names = {name: hashed(name, content) for name, content in sorted(plain.items())}
    files = {names[name]: content for name, content in plain.items()}
    files["manifest.json"] = (json.dumps(names, indent=2) + "\n").encode()
    return files


def main() -> None:
    """Write dist/ and remove what it held before."""
    files = build()
    DIST.mkdir(exist_ok=True)
    for name, content in files.items():
        if not (DIST / name).exists() or (DIST / name).read_bytes() != content:
            (DIST / name).write_bytes(content)
    for path in DIST.iterdir():
        if path.name not in files:
            path.unlink()
    if missing := missing_icons():
        print(f"Icons not vendored: {', '.join(missing)}. Check the names, then run `make vendor`.")


if __name__ == "__main__":
    main()
