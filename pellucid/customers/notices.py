"""What people are told of their leads and customers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.notices.declare import NoticeKind, declare

declare(
    NoticeKind("lead.plan_due", _("A lead waits for a plan"), _("{record} still has no follow-up plan; its time is nearly over."),
               many=_("{n} leads still have no follow-up plan"), icon="alert-triangle", tone="warn", fold="flood"),
    NoticeKind("lead.plan_late", _("A lead was left without a plan"), _("{record} has had no follow-up plan in time; it is with {owner}."),
               many=_("{n} leads have had no follow-up plan in time"), icon="alert-triangle", tone="bad", fold="flood"),
    NoticeKind("customer.plan_due", _("A customer waits for a plan"), _("{record} still has no follow-up plan; its time is nearly over."),
               many=_("{n} customers still have no follow-up plan"), icon="alert-triangle", tone="warn", fold="flood"),
    NoticeKind("customer.plan_late", _("A customer was left without a plan"), _("{record} has had no follow-up plan in time; it is with {owner}."),
               many=_("{n} customers have had no follow-up plan in time"), icon="alert-triangle", tone="bad", fold="flood"),
)  # fmt: skip
