"""One regency's home together with its configuration: what every step of the pipeline is given."""

from __future__ import annotations

from dataclasses import dataclass

from include import clock
from include.config import Configuration, load_configuration
from include.config.errors import ENVIRONMENT, ConfigurationError, Problem
from include.settings import Settings


@dataclass(frozen=True)
class Workspace:
    """Where the state is and what is configured. Nothing here changes while a run lasts."""

    settings: Settings
    configuration: Configuration

    @classmethod
    def open(cls) -> Workspace:
        """Reads the environment, loads the configuration and only then makes the folders.

        Raises:
            ConfigurationError: variable, configuration or home cannot be used; nothing was touched.
        """
        settings = Settings()
        workspace = cls(settings, load_configuration(settings.config_dir))
        clock.now()  # a PANTAU_NOW that is no time stops here, not in the middle of a run
        try:
            settings.make_folders(feed.path for feed in workspace.configuration.feeds)
        except OSError as error:
            allowed = f"a folder that this user may write to ({error.strerror}: {error.filename})"
            raise ConfigurationError(
                [Problem(ENVIRONMENT, "PANTAU_HOME", f'"{settings.home}"', allowed)]
            ) from None
        return workspace
