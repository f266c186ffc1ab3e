"""Levels of dunning that ship with the program."""

from __future__ import annotations

from ..models import DunningLevel

T, W = DunningLevel.Tone, DunningLevel.Told
CLOSE = "\n\n顺颂商祺\n{company}\n{today}"
CLOSE_EN = "\n\nYours sincerely,\n{company}\n{today}"
# level, name, name in English, from days, days after the one before, working days to act, tone, way, who is told, letter, in English
SHIPPED = (
    (1, "友好提醒", "Reminder", 3, 0, 2, T.FRIENDLY, "call", W.COLLECTOR,
     "{contact}您好：\n\n贵司以下款项已到付款期，合计 {amount}，可能是疏忽，特此提醒。烦请于 {deadline} 前安排付款；如已付款，请忽略本函。\n\n{list}",
     "Dear {contact},\n\nThe following amounts, {amount} in all, have fallen due. This may be an oversight. Please arrange payment by {deadline};"
     " if it is on its way already, please disregard this letter.\n\n{list}"),
    (2, "正式催款", "Demand for payment", 15, 7, 2, T.FIRM, "email", W.MANAGER,
     "{customer}：\n\n贵司欠付我司货款合计 {amount}，最早一笔自 {since} 起已逾期 {days} 天。请于 {deadline} 前付清，并回复付款安排。\n\n{list}",
     "To {customer}\n\nYou owe us {amount}; the oldest part has been due since {since}, for {days} days. Please pay by {deadline} and tell us when"
     " we may expect the money.\n\n{list}"),
    (3, "催款函", "Letter of warning", 45, 10, 3, T.FINAL, "letter", W.FINANCE,
     "{customer}：\n\n经多次提醒，贵司以下货款合计 {amount} 仍未支付，最长已逾期 {days} 天。"
     "请务必于 {deadline} 前付清；逾期我司将暂停发货，并按合同计收违约金。\n\n{list}",
     "To {customer}\n\nIn spite of our reminders {amount} are unpaid, for up to {days} days. Please pay by {deadline}. Otherwise we shall stop"
     " deliveries and charge the penalty agreed in the contract.\n\n{list}"),
    (4, "律师函前通知", "Notice before legal action", 90, 15, 3, T.LEGAL, "letter", W.EXECUTIVE,
     "{customer}：\n\n贵司拖欠货款合计 {amount}，自 {since} 起已逾期 {days} 天。"
     "如 {deadline} 前仍未付清，我司将委托律师追讨，由此产生的费用由贵司承担。\n\n{list}",
     "To {customer}\n\nYou have owed us {amount} since {since}, for {days} days. If it is not paid by {deadline} we shall instruct our lawyers, at"
     " your expense.\n\n{list}"),
)  # fmt: skip


def ship() -> None:
    """Make them where a company has none."""
    if DunningLevel._base_manager.exists():
        return
    DunningLevel._base_manager.bulk_create(
        DunningLevel(level=level, name=name, name_en=name_en, days=days, wait=wait, within=within, tone=tone, channel=channel, told=told,
                     text=text + CLOSE, text_en=text_en + CLOSE_EN)
        for level, name, name_en, days, wait, within, tone, channel, told, text, text_en in SHIPPED)  # fmt: skip
