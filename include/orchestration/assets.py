"""The assets through which the DAGs wake one another: what each means, and who makes it.

An asset event is only a wake-up. Airflow may hand one run several events and another none
(apache/airflow#56050), so no task counts events: each looks at what there is to do.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetWatcher

from include.inbox.trigger import InboxTrigger, UnpublishedTrigger

INBOX = Asset("inbox", watchers=[AssetWatcher(name="inbox_files", trigger=InboxTrigger())])
"""Complete files lie in the inbox (the trigger says so, once a batch)."""

SUBMISSIONS = Asset("submissions")
"""Submissions have landed that the warehouse may not hold yet (`ingest_submissions`)."""

UNPUBLISHED = Asset(
    "unpublished", watchers=[AssetWatcher(name="unpublished_landings", trigger=UnpublishedTrigger())]
)
"""What has landed stays unpublished: the run that should have published it was killed, or has failed."""

REGISTRIES = Asset("registries")
"""The warehouse holds a registry that was not matched yet (`monitor_disbursement`)."""

REGISTRY_MATCHES = Asset("registry_matches")
"""The registries have been matched anew (`match_registries`)."""

TO_JUDGE = SUBMISSIONS | REGISTRY_MATCHES | UNPUBLISHED
"""Any of these wakes `monitor_disbursement`."""

AUDIT_DATABASE = Asset("audit_database")
"""A new audit database was published (`monitor_disbursement`); for readers outside."""
