"""Which state of a task, or of an opinion, may follow which."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.lifecycles.machine import Lifecycle, Transition

from .models import Opinion, Task

S = Task.State
TASK = Lifecycle(
    "state",
    S,
    Transition("start", (S.TODO,), S.DOING, _("Begin")),
    Transition("put_back", (S.DOING,), S.TODO, _("Put back")),
    Transition("complete", (S.TODO, S.DOING), S.DONE, _("Complete")),
    Transition("hand_in", (S.TODO, S.DOING), S.CHECK, _("Hand in")),
    Transition("accept", (S.CHECK,), S.DONE, _("Accept the result")),
    Transition("send_back", (S.CHECK,), S.TODO, _("Send back")),
    Transition("reopen", (S.DONE,), S.TODO, _("Reopen")),
    start=S.TODO,
)

Words = Opinion.State
OPINION = Lifecycle(
    "state",
    Words,
    Transition("answer", (Words.OPEN, Words.ANSWERED), Words.ANSWERED, _("Answer")),
    Transition("carry_out", (Words.OPEN, Words.ANSWERED), Words.DONE, _("Carried out")),
    Transition("reopen", (Words.ANSWERED, Words.DONE), Words.OPEN, _("Open again")),
    start=Words.OPEN,
)
