"""Takes the README's picture: a sample of invented families, judged, published, and Ringkasan as Airflow shows it.

python -m include.demonstration.screenshot [FILE]
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from include.demonstration.airflow_home import REPOSITORY
from include.demonstration.services import AirflowServices
from include.demonstration.stage import week_before_cutoff
from include.settings import Settings

PICTURE = REPOSITORY / "docs" / "ringkasan.png"
FAMILIES, SEED = 2000, 5205
WIDTH, HEIGHT = 1200, 860


def main() -> None:
    """Writes the picture."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    configuration = Settings().config_dir
    with TemporaryDirectory(prefix="pantau-screenshot-") as folder:
        environment = {
            "PANTAU_HOME": folder,
            "PANTAU_CONFIG": str(configuration),
            "PANTAU_NOW": week_before_cutoff(configuration).isoformat(),
            "PANTAU_SECRET": "only for a picture of invented families",
        }
        os.environ.update(environment)
        _publish()
        with AirflowServices(Path(folder), environment, services=["api-server"]) as services:
            _photograph(services, target)


def _publish() -> None:
    from include import clock
    from include.pipeline import run
    from include.sample import write_sample
    from include.workspace import Workspace

    ws = Workspace.open()
    write_sample(ws, ws.settings.inbox, FAMILIES, SEED, clock.today(ws.configuration.region.timezone))
    run(ws)


def _photograph(services: AirflowServices, target: Path) -> None:
    from playwright.sync_api import sync_playwright

    user, password = services.login
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.goto(services.pages)
        tab.fill("input[name=username]", user)
        tab.fill("input[name=password]", password)
        tab.keyboard.press("Enter")
        tab.frame_locator("iframe").get_by_role("heading", level=1, name="Ringkasan").wait_for()
        tab.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    main()
