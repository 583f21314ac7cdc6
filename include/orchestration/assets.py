"""The assets through which a regency's DAGs wake one another: what each means, and who makes it.

An asset event is only a wake-up. Airflow may hand one run several events and another none
(apache/airflow#56050), so no task counts events: each looks at what there is to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow.sdk import Asset, AssetAlias, AssetAny, AssetWatcher

from include.config.regencies import scoped
from include.inbox.trigger import InboxTrigger, UnpublishedTrigger

GROUP = "pantau-salur"

Told = dict[str, Any]
"""What a step tells the tasks after it."""

_ABOUT = {
    "inbox": "Complete files lie in the inbox",
    "submissions": "Files were read and landed; the warehouse may not hold them yet",
    "unpublished": "What has landed stays unpublished: its run was killed or has failed",
    "registries": "The warehouse holds a registry that was not matched yet",
    "registry_matches": "The registries were matched anew",
    "replays": "Submissions were read anew from the archive",
    "audit_database": "audit/pantau.duckdb was published",
    "doubtful_lists": "A published list drops most families: somebody should decide",
    "returned": "Receipts lie in returned/ for the senders",
    "emails": "OPD heads, coordinator and data engineer were told",
}
"""What each means, as the interface shows it (extra)."""


def _asset(name: str, regency: str | None, **watched: Any) -> Asset:
    about = {"about": _ABOUT[name]}
    return Asset(scoped(name, regency), group=scoped(GROUP, regency), extra=about, **watched)


def any_publication(regencies: Iterable[str]) -> AssetAny:
    """The audit database of whichever regency."""
    return AssetAny(*(_asset("audit_database", code) for code in regencies))


class RegencyAssets:
    """The assets of one regency: where there are several, none wakes another's DAGs.

    Their names are those of `_ABOUT`, which says what each means.
    """

    def __init__(self, regency: str | None) -> None:
        def asset(name: str, **watched: Any) -> Asset:
            return _asset(name, regency, **watched)

        inbox_files = AssetWatcher(name="inbox_files", trigger=InboxTrigger(regency=regency))
        landings = AssetWatcher(name="unpublished_landings", trigger=UnpublishedTrigger(regency))
        self.inbox = asset("inbox", watchers=[inbox_files])
        self.submissions = asset("submissions")
        self.unpublished = asset("unpublished", watchers=[landings])
        self.registries = asset("registries")
        self.registry_matches = asset("registry_matches")
        self.replays = asset("replays")
        self.audit_database = asset("audit_database")
        self.doubtful_lists = asset("doubtful_lists")
        self.returned = asset("returned")
        self.emails = asset("emails")
        # Through an alias a task wakes whom it must only where there is reason to; an outlet wakes at every success.
        self.doubts_found = AssetAlias(scoped("doubts_found", regency), group=scoped(GROUP, regency))

    @property
    def to_judge(self) -> Any:
        """Any of these wakes `monitor_disbursement`."""
        return self.submissions | self.registry_matches | self.unpublished | self.replays

    def tell_of_doubts(self, outlet_events: Any, published: Told) -> Told:
        """Wakes `decide_lists` where a publication holds lists that nobody has been asked about; hands on what was told of it."""
        if published["doubtful_lists"]:
            outlet_events[self.doubts_found].add(self.doubtful_lists)
        return published
