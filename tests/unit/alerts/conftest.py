"""The fixtures of made_by_hand.py, for the tests of this folder."""

from tests.unit.alerts.made_by_hand import home, prepared_warehouse, pretend, without_ladder

__all__ = ["home", "prepared_warehouse", "pretend", "without_ladder"]
