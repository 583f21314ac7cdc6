"""The roll-up over all regencies: how they and their OPDs fare, from what each has published. No person is in it."""

from include.rollup.publish import RollupReport, roll_up

__all__ = ["RollupReport", "roll_up"]
