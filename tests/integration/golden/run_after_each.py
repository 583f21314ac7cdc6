"""Moves the files named on standard input into the inbox, one by one, with a whole run behind each."""

import json
import sys
from pathlib import Path

from include.pipeline import run
from include.workspace import Workspace

workspace = Workspace.open()
for source, target in json.load(sys.stdin):
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(source).rename(target)
    run(workspace)
