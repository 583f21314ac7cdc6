"""The assets through which a regency's DAGs wake one another: what each means, and who makes it.

An asset event is only a wake-up. Airflow may hand one run several events and another none
(apache/airflow#56050), so no task counts events: each looks at what there is to do.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset, AssetWatcher

from include.config.regencies import scoped
from include.inbox.trigger import InboxTrigger, UnpublishedTrigger


class RegencyAssets:
    """The assets of one regency: where there are several, none wakes another's DAGs.

    Attributes:
        inbox: Complete files lie in the inbox (the trigger says so, once a batch).
        submissions: Submissions have landed that the warehouse may not hold yet (`ingest_submissions`).
        unpublished: What has landed stays unpublished: the run that should have published it was killed, or has failed.
        registries: The warehouse holds a registry that was not matched yet (`monitor_disbursement`).
        registry_matches: The registries have been matched anew (`match_registries`).
        audit_database: A new audit database was published (`monitor_disbursement`); for readers outside.
    """

    def __init__(self, regency: str | None) -> None:
        def asset(name: str, **watched: Any) -> Asset:
            return Asset(scoped(name, regency), **watched)

        inbox_files = AssetWatcher(name="inbox_files", trigger=InboxTrigger(regency=regency))
        landings = AssetWatcher(name="unpublished_landings", trigger=UnpublishedTrigger(regency))
        self.inbox = asset("inbox", watchers=[inbox_files])
        self.submissions = asset("submissions")
        self.unpublished = asset("unpublished", watchers=[landings])
        self.registries = asset("registries")
        self.registry_matches = asset("registry_matches")
        self.audit_database = asset("audit_database")

    @property
    def to_judge(self) -> Any:
        """Any of these wakes `monitor_disbursement`."""
        return self.submissions | self.registry_matches | self.unpublished
