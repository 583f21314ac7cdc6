"""A realistic inbox to try the whole chain with: invented people, true-to-life files, known truth."""

from include.sample.facts import Facts, PeriodFacts
from include.sample.write import NothingToTell, SampleReport, write_sample

__all__ = ["Facts", "NothingToTell", "PeriodFacts", "SampleReport", "write_sample"]
