"""Has the scheduler give each run of ours its note, with counts: the text is made by the run's last task."""

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from include.orchestration import note_listener


class PantauNotes(AirflowPlugin):
    """A listener, and nothing in the interface."""

    name = "pantau_notes"
    listeners: ClassVar[list[Any]] = [note_listener]
