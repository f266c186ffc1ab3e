"""`column__among=[...]`: IN for sets of ids that may be large, as one parameter however many they are."""

from __future__ import annotations

from typing import Any

from django.db.models import Field, ForeignObject, Lookup


@Field.register_lookup
@ForeignObject.register_lookup
class Among(Lookup):  # type: ignore[type-arg]
    """A branch of 150 units in eight subqueries would otherwise be 1,200 parameters."""

    lookup_name = "among"

    def get_prep_lookup(self) -> list[int]:
        return [int(n) for n in self.rhs]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*params, self.rhs]
