"""LibreOffice without a window: the spreadsheet program with which tests open and save what we hand out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_CSV_OF_EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


def convert(path: Path, to: str, into: Path) -> list[Path]:
    """Opens a file and saves it as `xlsx`, `ods` or `pdf`, or every sheet as `csv`.

    Returns:
        The files made, in the order of their names.
    """
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing: scripts/setup.sh installs libreoffice-calc-nogui"
    into.mkdir(parents=True, exist_ok=True)
    before = set(into.iterdir())
    # A profile of its own: two instances cannot share one.
    profile = f"-env:UserInstallation={(into.parent / f'{into.name}-profile').as_uri()}"
    done = subprocess.run(
        [program, profile, "--headless", "--convert-to", _CSV_OF_EVERY_SHEET if to == "csv" else to, "--outdir", str(into), str(path)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    made = sorted(set(into.iterdir()) - before)
    assert made, done.stderr
    return made
