"""The points where right servers differ, and what each of them may do there: the catalogue.

Owns: POINTS, by topic. What one contract says of a point is a Choice (choices.py).
Source: Django REST Framework, Spring, Rails, Express and ASP.NET, whose defaults differ there.
"""

from __future__ import annotations

from collections.abc import Mapping

from cancelkit.spec.points import bodies, days, paging, protocol, queries, records
from cancelkit.spec.points.point import Point

POINTS: Mapping[str, Point] = {
    point.id: point for module in (paging, queries, days, bodies, records, protocol) for point in module.POINTS
}

__all__ = ["POINTS", "Point"]
