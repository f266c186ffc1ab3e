"""From a spec to what parts/field.html draws."""
from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.held import name_in

KINDS = {"longtext": "long", "switch": "bool", "number": "decimal", "phone": "phone", "email": "email"}
LONG_LIST = 60                          # a longer list of choices is searched instead of rolled down


def control_of(spec: Spec, show: Show, value: Any = None, *, typed: Any = None, error: str = "", label: str = "") -> dict[str, Any]:
    """The field as data: `value` is what the record holds (a pair for links), `typed` what a person entered and is to be kept."""
    kind = spec.kind
    required = spec.required or bool(spec.options.get("starred"))
    out: dict[str, Any] = {"name": spec.name, "label": str(spec.label), "required": required, "help": str(spec.help or ""), "error": error,
                           "kind": "url" if kind.key == "url" else KINDS.get(kind.control, kind.control), "maxlength": spec.max_length or None,
                           "when": " ".join(spec.options.get("when", ()))}
    if spec.options.get("src"):  # several colleagues, found by their names
        held = [int(v) for v in (typed if typed is not None else value) or () if is_whole(str(v))]
        return out | {"kind": "references", "src": spec.options["src"], "chosen": [{"value": v, "label": directory.user_name(v)} for v in held]}
    if kind.control in ("choice", "choices"):
        many = kind.control == "choices"
        now = {str(v) for v in (typed if typed is not None else value) or ()} if many else {str(typed if typed is not None else value)}
        options = [{"value": v, "label": said, "tone": tone, "selected": str(v) in now} for v, said, tone in kind.options(spec, show)]
        if not many and len(options) > LONG_LIST and kind.key == "term":
            chosen = next(({"value": o["value"], "label": o["label"]} for o in options if o["selected"]), None)
            return out | {"kind": "reference", "src": f"/options/term/{spec.dictionary}", "chosen": [chosen] if chosen else []}
        if required and not many and not any(o["selected"] for o in options):  # nobody's choice is made by what stands first
            options.insert(0, {"value": "", "label": _("Choose"), "tone": "", "selected": True})
        return out | {"options": options}
    if kind.control == "combobox":
        src = "/options/user" if kind.key == "user" else f"/options/{spec.target}"
        held = typed if typed is not None else value
        if isinstance(held, tuple):
            chosen = {"value": held[0], "label": held[1]} if held[0] is not None else None
        elif kind.key == "user":
            known = directory.users().get(int(held)) if is_whole(str(held or "")) else None
            chosen = {"value": known.id, "label": known.name} if known else None
        else:
            chosen = {"value": held, "label": label or f"#{held}"} if held not in (None, "") else None
        return out | {"kind": "reference", "src": src, "chosen": [chosen] if chosen else []}
    if kind.control == "switch":
        held = typed if typed is not None else value
        return out | {"value": held is True or str(held).lower() in ("1", "true", "on")}
    if kind.control == "file":
        token = kind.entry(spec, typed, show) if typed is not None else ""
        return out | {"value": token, "chosen": name_in(token) or kind.words(spec, value, show), "required": spec.required and not token}
    wide = kind.control == "longtext" or kind.control != "email" and spec.max_length > 120  # an address of a mailbox is long in theory only
    return out | {"value": typed if typed is not None else kind.entry(spec, value, show), "wide": wide}
