"""Where the buttons on tasks lead: to the pages of the task's own regency."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from include.orchestration.links import FILES, QUALITY, leave


class Instance(SimpleNamespace):
    """A task's instance, as far as links know it."""

    def __init__(self, dag_id: str) -> None:
        super().__init__(dag_id=dag_id, task_id="load", map_index=-1)
        self.kept: dict[str, str] = {}

    def xcom_push(self, key: str, value: str) -> None:
        self.kept[key] = value

    def xcom_pull(self, task_ids: str, key: str, map_indexes: int) -> str | None:
        assert (task_ids, map_indexes) == ("load", -1)
        return self.kept.get(key)


@pytest.mark.parametrize(
    ("dag_id", "below"), [("monitor_disbursement", ""), ("monitor_disbursement__52_05", "52.05/")]
)
def test_a_button_leads_to_the_regencys_own_pages(dag_id: str, below: str) -> None:
    ti = Instance(dag_id)
    assert QUALITY.get_link(None, ti_key=ti) == f"/pantau/{below}mutu"
    assert FILES.get_link(None, ti_key=ti) == f"/pantau/{below}berkas"
    leave(ti, FILES, "berkas/s0123")
    assert FILES.get_link(None, ti_key=ti) == f"/pantau/{below}berkas/s0123"
