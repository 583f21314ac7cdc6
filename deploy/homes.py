"""Prepares the homes: folders, key, and the folders of receipts, which the drop zone mounts before the first. May be repeated.

With a mistake in the only regency's configuration it ends with 1, and nothing starts. Of several regencies those that
cannot be prepared are named, and the others start.
"""

import os
import sys
from pathlib import Path

from include.config import ConfigurationError, registry
from include.config.errors import ENVIRONMENT, Problem
from include.config.regencies import VARIABLE, Registry
from include.settings import PRIVATE, Settings
from include.workspace import Workspace

TAKEN_QUEUES = "WORKER_QUEUES"


def prepare(regency: str | None = None) -> None:
    """Makes what is missing in a home; what is there stays.

    Raises:
        ConfigurationError: the configuration or the key cannot be used, or the disk refuses; it says which regency's.
    """
    try:
        workspace = Workspace.open(regency)
        workspace.settings.secret()
        for feed in workspace.configuration.feeds:
            (workspace.settings.returned / feed.path).mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    except ConfigurationError as error:
        raise ConfigurationError(error.problems, regency) from None
    except OSError as error:
        allowed = f"a file or folder that the account of the pipeline may read and write ({error.strerror})"
        refused = f'"{error.filename}"' if error.filename else "its disk"
        problem = Problem(ENVIRONMENT, "the home", refused, allowed)
        raise ConfigurationError([problem], regency) from None


def refuse_deserted_home(listed: Registry) -> None:
    """Stops while files lie in the home of a server's former only regency, which none of the listed ones has.

    OPDs would go on sending there, nobody would look, and the regency would begin anew with another key.
    """
    root = os.environ.get("PANTAU_HOME")
    if not root:
        return
    # Its folders only: what else the environment says is looked at for each regency.
    former = Settings.model_construct(home=Path(root).expanduser().resolve())
    if former.home in {regency.home for regency in listed.regencies.values()}:
        return
    folders = (former.inbox, former.claims, former.archive)
    holding = [folder for folder in folders if any(path.is_file() for path in folder.rglob("*"))]
    if holding:
        raise SystemExit(
            f"{VARIABLE} is set, and no regency that it lists has its home in {former.home}, where files lie in "
            f"{', '.join(folder.name for folder in holding)}: nobody would watch them. Nothing was changed. Move that home to "
            'where its regency has its own: docs/regencies.md, "From one regency to several".'
        )


def queues_nobody_takes(listed: Registry) -> list[str]:
    """A sentence for each regency, and the province, whose tasks no worker would take, where it is known what they take."""
    if not os.environ.get(TAKEN_QUEUES):
        return []
    taken = {queue.strip() for queue in os.environ[TAKEN_QUEUES].split(",")}
    queues = {code: regency.queue for code, regency in listed.regencies.items()}
    queues["province"] = listed.province.queue if listed.province else None
    return [
        f"{whose}: its tasks go to the queue {queue}, which no worker takes ({TAKEN_QUEUES} is {','.join(sorted(taken))}), "
        f"and stay queued until Airflow gives them up. Add it to {TAKEN_QUEUES}, or take `queue` out of {listed.file.name}."
        for whose, queue in queues.items()
        if queue and queue not in taken
    ]


def prepare_all() -> None:
    """Every home of this installation."""
    listed = registry()
    if listed is None:
        prepare()
        return
    refuse_deserted_home(listed)
    complaints = [str(ConfigurationError(listed.problems))] if listed.problems else []
    for code in listed.regencies:
        try:
            prepare(code)
        except ConfigurationError as error:
            complaints.append(str(error))
    for complaint in complaints + queues_nobody_takes(listed):
        print(complaint, file=sys.stderr)


if __name__ == "__main__":
    try:
        prepare_all()
    except ConfigurationError as error:
        raise SystemExit(str(error)) from None
