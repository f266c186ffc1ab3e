"""What a cell means."""

from __future__ import annotations

from pellucid.kernel.exchange.parsing import order_of_dates


def test_the_order_of_a_date_is_found_in_its_column_or_left_open():
    assert order_of_dates(["1/26/2013", None, "12/3/2012", "x"]) == "mdy"
    assert order_of_dates(["26/1/2013", "3/12/2012"]) == "dmy"
    assert order_of_dates(["1/2/2013", "3/4/2013"]) == "", "both are possible: nobody guesses"
    assert order_of_dates(["26/27/2013"]) == "" == order_of_dates([])
