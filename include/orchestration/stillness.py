"""Waits until the inbox is still: a list and its log, dropped one after the other, cause one mail."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator

from include.inbox.trigger import InboxStillTrigger
from include.inbox.watch import NOT_AWAITED, stillness
from include.orchestration.steps import open_workspace, started_by


class AwaitStillInbox(BaseOperator):
    """Waits, without holding a worker, until no file has come for `settle_seconds` (`alerts.yml`).

    Ends as `still`; as `superseded` when files came that this run does not hold (a further run follows and
    tells of them); or as `not_awaited` in a run that was not started by files.

    **Reads** the times of files in `landing/` and `claims/`; **writes** nothing. **Clear** freely.
    """

    template_fields = ("loaded_at",)

    def __init__(self, *, loaded_at: Any, regency: str | None = None, **kwargs: Any) -> None:
        super().__init__(doc_md=type(self).__doc__, **kwargs)
        self.loaded_at = loaded_at
        self.regency = regency

    def execute(self, context: Any) -> str:
        """Looks once; defers to the triggerer where there is something to wait for."""
        if started_by(context["dag_run"].run_type) != "files":
            return NOT_AWAITED
        ws = open_workspace(self.regency)
        loaded_at, settle = float(self.loaded_at), float(ws.configuration.alerts.settle_seconds)
        outcome = stillness(ws.settings, loaded_at, settle)
        if outcome is None:
            self.log.info("waiting until the inbox has been still for %.0f seconds", settle)
            self.defer(trigger=InboxStillTrigger(loaded_at, settle, self.regency), method_name="resume")
        return self._told(outcome)

    def resume(self, context: Any, event: dict[str, str]) -> str:
        """Ends as the trigger saw it."""
        return self._told(event["outcome"])

    def _told(self, outcome: str | None) -> str:
        self.log.info("the inbox: %s", outcome)
        return str(outcome)
