"""One regency's home together with its configuration: what every step of the pipeline is given."""

from __future__ import annotations

from dataclasses import dataclass

from include import clock
from include.config import Configuration, load_configuration
from include.config.errors import ENVIRONMENT, ConfigurationError, Problem
from include.config.regencies import VARIABLE
from include.settings import Settings


@dataclass(frozen=True)
class Workspace:
    """Where the state is and what is configured. Nothing here changes while a run lasts."""

    settings: Settings
    configuration: Configuration

    @property
    def sender(self) -> str:
        """Whom e-mails come from."""
        return self.configuration.alerts.sender

    @property
    def reply_to(self) -> str:
        """Who gets the answers to e-mails."""
        return self.configuration.coordinator.email

    @classmethod
    def open(cls, regency: str | None = None) -> Workspace:
        """Reads the environment, loads the configuration and only then makes the folders.

        Args:
            regency: Which of several (PANTAU_REGENCIES); None where there is one.

        Raises:
            ConfigurationError: variable, configuration or home cannot be used; nothing was touched.
        """
        settings = Settings.of(regency)
        try:
            return cls._opened(settings, regency)
        except ConfigurationError as error:
            raise ConfigurationError(error.problems, regency) from None

    @classmethod
    def _opened(cls, settings: Settings, regency: str | None) -> Workspace:
        workspace = cls(settings, load_configuration(settings.config_dir))
        found = workspace.configuration.region.regency_code
        if regency is not None and found != regency:
            allowed = f'"{regency}", as {VARIABLE} lists this folder'
            raise ConfigurationError([Problem("region.yml", "regency_code", f'"{found}"', allowed)])
        clock.now()  # a PANTAU_NOW that is no time stops here, not in the middle of a run
        try:
            settings.make_folders(feed.path for feed in workspace.configuration.feeds)
        except OSError as error:
            variable = "PANTAU_HOME" if regency is None else "home"
            allowed = f"a folder that this user may write to ({error.strerror}: {error.filename})"
            raise ConfigurationError(
                [Problem(ENVIRONMENT, variable, f'"{settings.home}"', allowed)]
            ) from None
        return workspace
