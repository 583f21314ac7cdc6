"""Buttons on tasks that lead to our pages: from a run to its files, and from there to sheet and row.

Airflow shows a task's links by name and takes their addresses from XCom: a task that knows where it leads leaves the address
there (`leave`), the others always lead to one page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import attrs
from airflow.configuration import conf
from airflow.sdk import DAG, BaseOperatorLink

from include.config.regencies import regency_of
from include.report.pages.sections import PROVINCE as PROVINCE_PATH

PAGES = "/pantau"
"""Where the plugin serves our pages."""


@attrs.define
class PageLink(BaseOperatorLink):
    """A link to one of our pages.

    Attributes:
        title: What the button says.
        page: The page's address below `PAGES`, where it is always the same; else the task leaves it.
    """

    title: str
    page: str | None = None

    @property
    def name(self) -> str:
        """The button's label."""
        return self.title

    @property
    def xcom_key(self) -> str:
        """Where the address is kept."""
        return f"link_{self.title.lower()}"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address, as Airflow's task process asks for it when the task ends: `ti_key` is the task's instance then."""
        if self.page is not None:
            return address(self.page, regency_of(ti_key.dag_id))
        left = ti_key.xcom_pull(task_ids=ti_key.task_id, key=self.xcom_key, map_indexes=ti_key.map_index)
        return str(left or address("berkas", regency_of(ti_key.dag_id)))


FILES = PageLink("Berkas")
QUALITY = PageLink("Mutu", "mutu")
SUMMARY = PageLink("Ringkasan", "ringkasan")
PROVINCE = PageLink("Provinsi", PROVINCE_PATH)

_OF_TASK = {
    "ingest": (FILES,),
    "load": (FILES,),
    "validate": (QUALITY,),
    "publish": (SUMMARY, QUALITY),
    "close_run": (FILES, QUALITY),
    "replay": (FILES,),
    "decide": (FILES,),
    "roll_up": (PROVINCE,),
}


def with_links(dag: DAG) -> DAG:
    """Puts the buttons on the tasks that have some."""
    for task in dag.tasks:
        task.operator_extra_links = _OF_TASK.get(task.label, task.operator_extra_links)
    return dag


def leave(ti: Any, link: PageLink, page: str) -> None:
    """Leaves the address of a task's page where Airflow looks for it; done early, so that a task that fails has it too."""
    ti.xcom_push(key=link.xcom_key, value=address(page, regency_of(ti.dag_id)))


def address(page: str, regency: str | None) -> str:
    """A page's path on the web server, below the path at which Airflow itself is served; of one of several regencies its own."""
    below = f"{regency}/{page}" if regency else page
    return f"{urlsplit(conf.get('api', 'base_url', fallback='/')).path.rstrip('/')}{PAGES}/{below}"
