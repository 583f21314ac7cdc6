"""The question about a doubtful list as Airflow asks it (human in the loop), and the mail that says that somebody is asked.

While it waits a question holds neither a worker nor another run; unanswered it ends as if somebody had let the list stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param

from include.config.regencies import scoped
from include.language.inert import file_name
from include.orchestration import lenient
from include.orchestration.failures import mail_the_engineer, office_of, short
from include.orchestration.links import address

if TYPE_CHECKING:
    from include.decisions import Doubt

KEEP, SET_ASIDE = "Let it stand", "Set it aside"

_DOC = """
Waits for a person, without holding a worker: **Required actions** of this task, or of the whole interface (Browse). Whoever may
edit this DAG may answer.

**Reads** and **writes** nothing; what was answered is noted by `decide`. **Clear** to ask again.
"""


def asking(regency: str | None, subject: Any, body: Any) -> HITLOperator:
    """The task that asks; after `decision_days` it lets the list stand by itself."""
    # Airflow wants a default that is valid: a form without one fails before it is shown.
    reason = Param(
        "",
        type="string",
        maxLength=500,
        title="Reason",
        description="Published for auditors; name no person.",
    )
    return HITLOperator(
        task_id="ask",
        subject=subject,
        body=body,
        options=[KEEP, SET_ASIDE],
        defaults=KEEP,
        params={"reason": reason},
        response_timeout=timedelta(days=lenient.deadline("decision_days", regency)),
        execution_timeout=None,
        map_index_template="{{ task.subject }}",
        doc_md=_DOC,
    )


def question(regency: str | None, doubt: Doubt, days: int) -> dict[str, str]:
    """What is asked about one list: arguments of the mapped group, counts and the file's name only."""
    name = file_name(doubt.file_name).replace("`", "'")
    return {
        "submission_id": doubt.submission_id,
        "subject": f"{doubt.feed}: {name}",
        "body": (
            f"`{name}` (receipt [{doubt.receipt_number}]({address(f'berkas/{doubt.receipt_number}', regency)})) lists "
            f"**{doubt.families_listed} families and drops {doubt.families_dropped}** in {doubt.villages} villages. "
            "Those dropped keep only what they have been given.\n\n"
            "Ask the OPD whether that is meant.\n\n"
            f"* **{KEEP}**: the list counts, as it does already.\n"
            f"* **{SET_ASIDE}**: the list before it counts again; the sender is told and gets a receipt.\n\n"
            f"Without an answer the list stands after {days} days. Either can be changed later: `pantau decide`."
        ),
    }


def mail_of_questions(regency: str | None, run_id: str, doubts: Sequence[Doubt], days: int) -> None:
    """Tells the data engineer once which lists wait for an answer."""
    listed = "\n".join(
        f"  {one.receipt_number}  {one.feed}: {file_name(one.file_name)}, lists {one.families_listed} families, "
        f"drops {one.families_dropped}"
        for one in doubts
    )
    url = conf.get("api", "base_url", fallback="").rstrip("/")
    mail_the_engineer(
        office_of(regency),
        about=run_id,
        number=f"question-{short(run_id)}",
        subject=f"{len(doubts)} recipient lists drop most of their families",
        text=(
            f"These lists count as received, but may be mistakes:\n\n{listed}\n\n"
            f"Ask the OPD, then answer in Airflow within {days} days:\n"
            f"{url}/dags/{scoped('decide_lists', regency)}/runs/{run_id}\n\n"
            "Without an answer they stand.\n"
        ),
    )
