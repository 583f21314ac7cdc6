"""The configuration of one regency, as typed objects.

Each field's description is what a user reads when the value is wrong ("Allowed: …"), so it says what may
stand there. Checks of a single value or entry live here; checks between entries and files in `checks.py`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

DEFAULT_VISIBLE_DAYS = 30
LATEST_DUE = timedelta(days=731)


def refuse(allowed: str) -> PydanticCustomError:
    """An error that says what is allowed in the words given, rather than the field's description."""
    return PydanticCustomError("pantau", "{allowed}", {"allowed": allowed})


def _day(value: Any) -> Any:
    # Numbers must not become seconds since 1970, as pydantic would have it.
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise refuse("a day that exists, written YYYY-MM-DD, for example 2024-01-31") from None
    if type(value) is not date:
        raise refuse("a day written YYYY-MM-DD, for example 2024-01-31")
    return value


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise refuse("one line of text without control characters")
    return text


def _yes_or_no(value: Any) -> Any:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    return value


def _nothing(value: Any) -> Any:
    """An empty CSV cell is no value."""
    return None if isinstance(value, str) and not value.strip() else value


def _both_kinds() -> list[Literal["desa", "kelurahan"]]:
    return ["desa", "kelurahan"]


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise refuse(
            "a time zone of the IANA list: Asia/Jakarta, Asia/Makassar or Asia/Jayapura in Indonesia"
        )
    return name


_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
_NAMED_ADDRESS = re.compile(rf"[^<>\"@,;:\\]*<{_PLAIN_ADDRESS.pattern}>")


def _address(text: str) -> str:
    if len(text) > 254 or ".." in text or not _PLAIN_ADDRESS.fullmatch(text):
        raise refuse("one e-mail address such as dkp@dompukab.example")
    return text


def _sender(text: str) -> str:
    if len(text) > 320 or not (_PLAIN_ADDRESS.fullmatch(text) or _NAMED_ADDRESS.fullmatch(text)):
        raise refuse("an e-mail address, alone or as Pantau Salur <pantau@dompukab.example>")
    return text


def _feed_path(path: str) -> str:
    part = r"[A-Za-z0-9][A-Za-z0-9_-]*"
    if len(path) > 150 or not re.fullmatch(rf"{part}(/{part})*", path):
        raise refuse(
            "a folder below the inbox such as dkp/beras/penyaluran: letters, digits, - and _, parts joined "
            "by /, no / at the beginning or end, no dots"
        )
    return path


Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_one_line)]
Flag = Annotated[bool, BeforeValidator(_yes_or_no)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
PeriodText = Annotated[str, Field(pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])$")]
Address = Annotated[str, AfterValidator(_address)]
Sender = Annotated[Text, AfterValidator(_sender)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
PerCent = Annotated[Number, Field(ge=0, le=100)]
Year = Annotated[int, Field(ge=2000, le=2100)]
Days = Annotated[int, Field(ge=0, le=3660)]
Count = Annotated[int, Field(ge=1)]

QuietDay = Literal[
    "weekends", "holidays", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]

_A_DAY = "a day written YYYY-MM-DD, for example 2024-01-31"
_A_YEAR = "a year such as 2024"
_PUBLISHED = _A_DAY + ": nothing that tells of an earlier day shows the figure"
_SOURCE = "one line that says where the figure or rule comes from"
_PERIOD = 'a month written "YYYY-MM", for example "2024-01"'


class Strict(BaseModel):
    """No unknown key, no conversion behind the user's back, no change after loading."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, str_strip_whitespace=True, validate_default=True
    )


# --- region.yml, villages.csv, village_aliases.csv


class Target(Strict):
    """What the regency wants to reach in a year, in per cent."""

    year: Year = Field(description=_A_YEAR)
    poverty_rate: PerCent = Field(description="a percentage from 0 to 100, for example 7.5")
    extreme_poverty_rate: PerCent = Field(description="a percentage from 0 to 100, for example 0")
    source: Text | None = Field(None, description=_SOURCE)


class OfficialPoverty(Strict):
    """What BPS published for a year."""

    year: Year = Field(description=_A_YEAR)
    poverty_rate: PerCent = Field(description="a percentage from 0 to 100, for example 11.59")
    poor_people: Annotated[int, Field(ge=0)] = Field(description="a whole number of people")
    source: Text | None = Field(None, description=_SOURCE)
    published_on: Day | None = Field(None, description=_PUBLISHED)


class OfficialExtremePoverty(Strict):
    """What was published for a year about extreme poverty, by the line of that publication: another notion than P0."""

    year: Year = Field(description=_A_YEAR)
    extreme_poverty_rate: PerCent = Field(description="a percentage from 0 to 100, for example 2.97")
    people: Annotated[int, Field(ge=0)] | None = Field(None, description="a whole number of people")
    line: Text = Field(description="the line by which it was measured, for example US$1,9 PPP 2011")
    source: Text = Field(description=_SOURCE)
    published_on: Day | None = Field(None, description=_PUBLISHED)


class Region(Strict):
    """The regency."""

    regency_code: Annotated[str, Field(pattern=r"^\d\d\.\d\d$")] = Field(
        description='the Kemendagri code of the regency in quotes, for example "52.05"'
    )
    regency_name: Text = Field(description="the regency's name, for example Kabupaten Dompu")
    province_name: Text = Field(description="the province's name, for example Nusa Tenggara Barat")
    timezone: TimeZone = Field(description="a time zone such as Asia/Makassar")
    extreme_poverty_line_idr_per_day: Positive = Field(
        description="rupiah a person a day, above 0, for example 11941"
    )
    poverty_line_source: Text | None = Field(None, description=_SOURCE)
    targets: list[Target] = Field(
        description="a list of entries with year, poverty_rate and extreme_poverty_rate (may be [])"
    )
    official_poverty: list[OfficialPoverty] = Field(
        description="a list of entries with year, poverty_rate and poor_people (may be [])"
    )
    official_extreme_poverty: list[OfficialExtremePoverty] = Field(
        default_factory=list,
        description="a list of entries with year, extreme_poverty_rate, line and source (may be [])",
    )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.timezone)


class Village(Strict):
    """A desa or kelurahan."""

    village_code: Annotated[str, Field(pattern=r"^\d\d\.\d\d\.\d\d\.\d{4}$")] = Field(
        description="the Kemendagri code of the village, for example 52.05.01.2007"
    )
    village_name: Text = Field(description="the village's name")
    district_code: Annotated[str, Field(pattern=r"^\d\d\.\d\d\.\d\d$")] = Field(
        description="the Kemendagri code of the district, for example 52.05.01"
    )
    district_name: Text = Field(description="the district's name")
    kind: Literal["desa", "kelurahan"] = Field(description="desa or kelurahan")
    is_pocket: Flag = Field(description="true or false")
    is_remote: Flag = Field(description="true or false")

    @field_validator("district_code")
    @classmethod
    def _district_of_village(cls, code: str, info: ValidationInfo) -> str:
        village = info.data.get("village_code")
        if village is not None and not village.startswith(f"{code}."):
            raise refuse(f"the first eight characters of the village's code, {village[:8]}")
        return code


class VillageAlias(Strict):
    """A spelling that an operator has settled: of a village, or, with no village_code, of a district."""

    alias: Text = Field(description="the spelling found in the files")
    district_name: Annotated[Text | None, BeforeValidator(_nothing)] = Field(
        description="the district (of villages.csv) in which the spelling is meant; empty for all"
    )
    village_code: Annotated[str | None, BeforeValidator(_nothing)] = Field(
        description="a code of villages.csv, or empty where the alias names the district itself"
    )
    noted_by: Text = Field(description="the office that settled the spelling (no person's name)")
    noted_on: Day = Field(description=_A_DAY)


# --- opds.yml


class Opd(Strict):
    """An office that disburses aid or keeps a registry."""

    code: Code = Field(description="a short code in small letters, digits, _ or -, for example dkp")
    name: Text = Field(description="the office's full name")
    head_title: Text = Field(description="the title of its head, for example Kepala Dinas Ketahanan Pangan")
    email: Address = Field(description="one e-mail address such as dkp@dompukab.example")
    cc: list[Address] = Field(default_factory=list, description="a list of e-mail addresses (may be [])")
    operator_email: Address | None = Field(
        None, description="one e-mail address such as operator.dkp@dompukab.example"
    )


class Official(Strict):
    """Somebody who is written to by title."""

    title: Text = Field(description="the official's title, never a person's name")
    email: Address = Field(description="one e-mail address such as bappeda@dompukab.example")


class OpdsFile(Strict):
    """opds.yml."""

    opds: Annotated[list[Opd], Field(min_length=1)] = Field(
        description="a list of at least one entry with code, name, head_title and email"
    )
    coordinator: Official = Field(description="title and email of the secretary of the TKPKD")
    chair: Official = Field(description="title and email of the chair of the TKPKD")


# --- programs.yml


class Period(Strict):
    """A month to which aid entitles, and the day by which it must have been received."""

    period: PeriodText = Field(description=_PERIOD)
    due_date: Day = Field(description=_A_DAY)

    @field_validator("due_date")
    @classmethod
    def _near_its_period(cls, due: date, info: ValidationInfo) -> date:
        period = info.data.get("period")
        if period is not None:
            start = date.fromisoformat(f"{period}-01")
            if not start <= due <= start + LATEST_DUE:
                raise refuse(
                    f"a day on or after {start} and at most two years later: the due date of {period}"
                )
        return due


class Pause(Strict):
    """Days on which nobody was allowed to disburse; they count as nobody's lateness."""

    start: Day = Field(description=_A_DAY)
    end: Day = Field(description=_A_DAY)
    reason: Text = Field(description="why disbursing stopped")

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and end < start:
            raise refuse(f"a day on or after the start of the pause, {start}")
        return end


class Gate(Strict):
    """A step that a village must have taken before the aid of a budget year can be handed out.

    A step is reported by its date. It belongs to the budget year that the report's title names, else to that of its
    date; `lead_months` says how long before the year begins it may be taken already.
    """

    milestone: Code = Field(description="a short code in small letters, digits, _ or -, for example apbdes")
    name: Text = Field(description="the step as OPDs call it, for example APBDes ditetapkan")
    aliases: list[Text] = Field(
        default_factory=list, description="a list of other ways to write the step (may be [])"
    )
    lead_months: Annotated[int, Field(ge=0, le=11)] = Field(
        0, description="a whole number of months from 0 to 11 before the budget year"
    )


class Program(Strict):
    """An aid programme with its rule: who gives how much for which months by when."""

    code: Code = Field(description="a short code in small letters, digits, _ or -, for example beras")
    name: Text = Field(description="the programme's name")
    unit: Literal["kg", "IDR"] = Field(description="kg or IDR")
    opd: Code = Field(description="the code of an OPD in opds.yml")
    entitlement: Positive = Field(description="a number above 0: the kilograms or rupiah of one period")
    tolerance: Annotated[Number, Field(ge=0, le=1)] = Field(
        description="a fraction of the entitlement from 0 to 1, for example 0.02 for 2 per cent"
    )
    max_amount: Positive = Field(
        description="a number not below the entitlement: more in one row is implausible"
    )
    unit_price_idr: Positive | None = Field(
        None, description="rupiah a kilogram, above 0; 1, or left out, where the unit is rupiah"
    )
    periods: list[Period] = Field(description="a list of entries with period and due_date")
    stages: dict[Text, Annotated[list[PeriodText], Field(min_length=1)]] = Field(
        default_factory=dict,
        description='stage names with their months, for example {"Tahap I 2024": ["2024-01", "2024-02"]}',
    )
    status: Literal["active", "planned", "paused", "finished", "cancelled"] = Field(
        "active", description="active, planned, paused, finished or cancelled"
    )
    status_from: Day | None = Field(None, description=_A_DAY)
    pauses: list[Pause] = Field(
        default_factory=list, description="a list of entries with start, end and reason"
    )
    max_periods_per_payment: Count | None = Field(None, description="a whole number from 1")
    village_kinds: Annotated[list[Literal["desa", "kelurahan"]], Field(min_length=1)] = Field(
        default_factory=_both_kinds, description="a list of desa, kelurahan or both"
    )
    pack_size: Positive | None = Field(
        None, description="a number above 0: what one sack or pack holds, in the unit"
    )
    gates: list[Gate] = Field(
        default_factory=list,
        description="a list of entries with milestone and name, in the order in which a village takes the steps",
    )
    source: Text | None = Field(None, description=_SOURCE)

    @field_validator("max_amount")
    @classmethod
    def _not_below_entitlement(cls, most: float, info: ValidationInfo) -> float:
        entitlement = info.data.get("entitlement")
        if entitlement is not None and most < entitlement:
            raise refuse(f"a number not below the entitlement of one period, {entitlement:g}")
        return most

    @field_validator("unit_price_idr")
    @classmethod
    def _price_of_unit(cls, price: float | None, info: ValidationInfo) -> float | None:
        unit = info.data.get("unit")
        if unit == "IDR" and price not in (None, 1):
            raise refuse("1, or leave the key out: a rupiah costs one rupiah")
        if unit == "kg" and price is None:
            raise refuse("the price of a kilogram in rupiah, above 0, for example 15000")
        return 1.0 if unit == "IDR" else price

    @field_validator("status_from")
    @classmethod
    def _status_begins(cls, day: date | None, info: ValidationInfo) -> date | None:
        # A programme that is paused or cancelled since nobody says when never raised an expectation.
        return date.min if day is None and info.data.get("status") in ("paused", "cancelled") else day


class ProgramsFile(Strict):
    """programs.yml."""

    programs: Annotated[list[Program], Field(min_length=1)] = Field(
        description="a list of at least one programme"
    )


# --- feeds.yml


RegistryCode = Literal["p3ke", "dtks", "dtsen"]
REGISTRIES: tuple[str, ...] = get_args(RegistryCode)


class Feed(Strict):
    """A folder below the inbox: one OPD's files of one kind."""

    path: Annotated[str, AfterValidator(_feed_path)] = Field(
        description="a folder below the inbox such as dkp/beras/penyaluran"
    )
    opd: Code = Field(description="the code of an OPD in opds.yml")
    kind: Literal["recipients", "distribution", "registry", "gates"] = Field(
        description="recipients, distribution, registry or gates"
    )
    program: Code | None = Field(None, description="the code of a programme in programs.yml")
    registry: RegistryCode | None = Field(None, description="p3ke, dtks or dtsen")
    columns: dict[Text, list[Text]] = Field(
        default_factory=dict, description="canonical column names, each with a list of further headers"
    )
    report_deadline_days: Days = Field(7, description="a whole number of days from 0")

    @field_validator("program")
    @classmethod
    def _needs_program(cls, program: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        if kind in ("recipients", "distribution") and program is None:
            raise refuse(f"the code of a programme in programs.yml: a feed of kind {kind} needs it")
        if kind == "registry" and program is not None:
            raise refuse("no such key: a feed of kind registry belongs to no programme")
        return program

    @field_validator("registry")
    @classmethod
    def _needs_registry(cls, registry: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        if kind == "registry" and registry is None:
            raise refuse("p3ke, dtks or dtsen: a feed of kind registry needs it")
        if kind is not None and kind != "registry" and registry is not None:
            raise refuse(f"no such key: it is only for feeds of kind registry, this one is of kind {kind}")
        return registry


class FeedsFile(Strict):
    """feeds.yml."""

    feeds: Annotated[list[Feed], Field(min_length=1)] = Field(
        description="a list of at least one entry with path, opd and kind"
    )


# --- susenas.yml


class SusenasWindow(Strict):
    """The days on which enumerators visit families. "Susenas Maret" is a name, not a month."""

    year: Year = Field(description="the year that the survey is named after, for example 2024")
    start: Day = Field(description=_A_DAY)
    end: Day = Field(description=_A_DAY)
    scope_from: Day = Field(
        description=_A_DAY + ": due dates after it, up to the cutoff, count for this window"
    )
    cutoff: Day = Field(  # filled with the day before the start where it is not given
        default=date.min, description=_A_DAY + ", at latest the window's start"
    )
    visible_days: Days = Field(DEFAULT_VISIBLE_DAYS, description="a whole number of days from 0")
    status: Literal["official", "estimated"] = Field("estimated", description="official or estimated")
    source: Text | None = Field(None, description=_SOURCE)

    @field_validator("start")
    @classmethod
    def _near_its_year(cls, start: date, info: ValidationInfo) -> date:
        year = info.data.get("year")
        if year is not None and abs(start.year - year) > 1:
            raise refuse(f"a day close to the year of the survey, {year}")
        return start

    @field_validator("end")
    @classmethod
    def _ends_later(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and end < start:
            raise refuse(f"a day on or after the start of the window, {start}")
        return end

    @field_validator("scope_from")
    @classmethod
    def _scope_begins_before(cls, scope_from: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and scope_from >= start:
            raise refuse(f"a day before the start of the window, {start}")
        return scope_from

    @field_validator("cutoff")
    @classmethod
    def _cutoff_before_start(cls, cutoff: date, info: ValidationInfo) -> date:
        start, scope_from = info.data.get("start"), info.data.get("scope_from")
        if cutoff == date.min:
            return start - timedelta(days=1) if start is not None else cutoff
        if start is not None and cutoff > start:
            raise refuse(f"a day on or before the start of the window, {start}")
        if scope_from is not None and cutoff < scope_from:
            raise refuse(f"a day on or after scope_from, {scope_from}")
        return cutoff


class SusenasFile(Strict):
    """susenas.yml."""

    windows: list[SusenasWindow] = Field(
        description="a list of entries with year, start, end and scope_from (may be [])"
    )


# --- targeting.yml


class Combination(Strict):
    """Whether a family may get the aid of two programmes for the same month."""

    programs: Annotated[list[Code], Field(min_length=2, max_length=2)] = Field(
        description="a list of the codes of two different programmes in programs.yml"
    )
    verdict: Literal["allowed", "not_allowed", "ask"] = Field(description="allowed, not_allowed or ask")
    source: Text = Field(description=_SOURCE)


class Targeting(Strict):
    """targeting.yml: who counts as poor, vulnerable or remote, which programmes go together, and what must stay hidden."""

    poor_deciles: Annotated[int, Field(ge=1, le=10)] = Field(
        4, description="a whole number from 1 to 10: families up to this welfare decile are poor"
    )
    poorest_deciles: Annotated[int, Field(ge=1, le=10)] = Field(
        2, description="a whole number from 1 to poor_deciles: families up to this decile make a pocket"
    )
    pocket_share: Annotated[Number, Field(gt=0, le=1)] | None = Field(
        None,
        description="a fraction above 0 up to 1, for example 0.7; left out: only villages.csv names pockets",
    )
    elderly_age: Annotated[int, Field(ge=40, le=120)] = Field(
        60, description="a whole number of years from 40 to 120"
    )
    small_cell: Annotated[int, Field(ge=1, le=100)] = Field(
        5,
        description="a whole number from 1 to 100: smaller counts of families are shown to nobody but auditors",
    )
    comparable_from: Count = Field(
        30, description="a whole number from 1: rates of fewer families are not compared"
    )
    registry_loss_share: Annotated[Number, Field(gt=0, lt=1)] = Field(
        0.35,
        description="a fraction between 0 and 1: a registry file that lost more of a village's families or deciles looks wrong",
    )
    registry_loss_from: Count = Field(
        5, description="a whole number from 1: fewer families lost in a village are no sign"
    )
    registry_whole_share: Annotated[Number, Field(gt=0, lt=1)] = Field(
        0.5,
        description="a fraction between 0 and 1: a registry file that names more of the villages is meant for all of them",
    )
    registry_shifted_share: Annotated[Number, Field(gt=0, le=1)] = Field(
        0.2,
        description="a fraction above 0 up to 1: a registry's sheet with so many rows in the wrong columns is refused whole",
    )
    registry_shifted_from: Count = Field(
        3, description="a whole number from 1: of fewer such rows only they are refused"
    )
    complementarity: list[Combination] = Field(
        default_factory=list, description="a list of entries with programs, verdict and source (may be [])"
    )

    @field_validator("poorest_deciles")
    @classmethod
    def _within_the_poor(cls, deciles: int, info: ValidationInfo) -> int:
        poor = info.data.get("poor_deciles")
        if poor is not None and deciles > poor:
            raise refuse(f"a whole number from 1 to poor_deciles, {poor}")
        return deciles


# --- alerts.yml, snoozes.yml, limits.yml, retention.yml, matching.yml


class EscalationStep(Strict):
    """When an open flag goes a step higher: by days overdue, by days left to the cutoff, or by either."""

    to: Literal["coordinator", "chair"] = Field(description="coordinator or chair")
    days_overdue: Days | None = Field(None, description="a whole number of days from 0")
    days_to_cutoff: Days | None = Field(None, description="a whole number of days from 0")

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.days_overdue is None and self.days_to_cutoff is None:
            raise refuse(
                "an entry with days_overdue, days_to_cutoff or both: without them it would never apply"
            )
        return self


class Alerts(Strict):
    """alerts.yml. `engineer_email` is filled with the coordinator's address where it is not given."""

    sender: Sender = Field(description="an e-mail address, alone or with a name before it")
    report_url: Annotated[str, Field(pattern=r"^https?://[^\s<>\"']+$")] | None = Field(
        None, description="an address that begins with http:// or https://"
    )
    engineer_email: Address | None = Field(None, description="one e-mail address")
    reminder_days: list[Annotated[int, Field(ge=1, le=365)]] = Field(
        default_factory=lambda: [7, 3],
        description="a list of different whole numbers of days from 1, for example [7, 3]",
    )
    escalation: list[EscalationStep] = Field(
        default_factory=list,
        description="a list of entries with to, days_overdue and days_to_cutoff (may be [])",
    )
    quiet_days: list[QuietDay] = Field(
        default_factory=list, description=f"a list of {', '.join(get_args(QuietDay))} (may be [])"
    )
    settle_seconds: Annotated[Number, Field(ge=0, le=86400)] = Field(
        600, description="a number of seconds from 0 to 86400"
    )
    run_deadline_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        60, description="a whole number of minutes from 1 to 1440"
    )
    start_deadline_minutes: Annotated[int, Field(ge=1, le=720)] = Field(
        30, description="a whole number of minutes from 1 to 720"
    )
    dropped_families: Count = Field(10, description="a whole number of families from 1")
    dropped_share: Annotated[Number, Field(gt=0, le=1)] = Field(0.5, description="a fraction above 0 up to 1")
    decision_days: Annotated[int, Field(ge=1, le=60)] = Field(
        7, description="a whole number of days from 1 to 60"
    )

    @field_validator("reminder_days", "quiet_days")
    @classmethod
    def _all_different(cls, values: list[Any]) -> list[Any]:
        if len(set(values)) < len(values):
            raise refuse("a list without repetitions")
        return values


class Snooze(Strict):
    """What an OPD is not written to about for a while; without programme or rule, about any. Flags stay."""

    opd: Code = Field(description="the code of an OPD in opds.yml")
    program: Code | None = Field(None, description="the code of a programme in programs.yml")
    rule: Code | None = Field(None, description="the code of a rule, for example delivery_missing")
    until: Day = Field(description=_A_DAY + ": the last day of the snooze")
    reason: Text = Field(description="why nobody need be written to, and who decided so (no person's name)")


class SnoozesFile(Strict):
    """snoozes.yml."""

    snoozes: list[Snooze] = Field(
        default_factory=list, description="a list of entries with opd, until and reason (may be [])"
    )


class Limits(Strict):
    """limits.yml: up to where a submission is read; over a limit it is rejected, in bounded memory."""

    file_bytes: Count = Field(200_000_000, description="a whole number of bytes from 1")
    # Bounded by the one number that a row gets (row_key in dbt_project/macros/incremental.sql).
    rows: Count = Field(2_000_000, lt=2**26, description="a whole number of rows from 1 to 67108863")
    columns: Count = Field(300, description="a whole number of columns from 1")
    cell_characters: Count = Field(5_000, description="a whole number of characters from 1")
    sheets: Count = Field(200, lt=2**10, description="a whole number of sheets from 1 to 1023")
    archive_members: Count = Field(500, description="a whole number of files from 1")
    unpacked_bytes: Count = Field(1_000_000_000, description="a whole number of bytes from 1")
    compression_ratio: Annotated[Number, Field(gt=1)] = Field(
        200, description="a number above 1: unpacked size over packed size"
    )
    seconds_per_file: Positive = Field(120, description="a number of seconds above 0")
    reader_memory_bytes: Annotated[int, Field(ge=268_435_456)] = Field(
        450_000_000, description="a whole number of bytes from 268435456 (256 MiB)"
    )


class YearsKept(Strict):
    """For how many years each folder keeps its files."""

    archive: Count = Field(10, description="a whole number of years from 1")
    landing: Count = Field(10, description="a whole number of years from 1")
    returned: Count = Field(2, description="a whole number of years from 1")
    outbox: Count = Field(5, description="a whole number of years from 1")
    history: Count = Field(10, description="a whole number of years from 1")


class Retention(Strict):
    """retention.yml."""

    years: YearsKept = Field(
        default_factory=YearsKept,
        description="the folders archive, landing, returned, outbox, history with years",
    )
    publications_kept: Count = Field(400, description="a whole number of publications from 1")
    lake_snapshot_days: Count = Field(
        30, description="a whole number of days from 1 for which a lake keeps what the warehouse held"
    )


class Matching(Strict):
    """matching.yml: from which probability two entries of two registries are one person."""

    accept: Annotated[Number, Field(gt=0.5, le=1)] = Field(
        0.99, description="a probability above 0.5 up to 1: from here on a pair is accepted without asking"
    )
    review: Annotated[Number, Field(gt=0, le=1)] = Field(
        0.5, description="a probability above 0, not above accept: from here on an operator is asked"
    )

    @model_validator(mode="after")
    def _asks_below_accepting(self) -> Self:
        if self.review > self.accept:
            raise refuse("review not above accept")
        return self


# --- everything together


class Configuration(BaseModel):
    """One regency's whole configuration, checked within and between its files."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    region: Region
    villages: list[Village]
    village_aliases: list[VillageAlias]
    boundaries_file: Path | None
    opds: list[Opd]
    coordinator: Official
    chair: Official
    programs: list[Program]
    feeds: list[Feed]
    windows: list[SusenasWindow]
    targeting: Targeting
    alerts: Alerts
    snoozes: list[Snooze]
    limits: Limits
    retention: Retention
    matching: Matching

    def feed(self, path: str) -> Feed:
        """The feed of a folder below the inbox; KeyError if none is configured there."""
        return {feed.path: feed for feed in self.feeds}[path]

    def opd(self, code: str) -> Opd:
        """The OPD with this code; KeyError if there is none."""
        return {opd.code: opd for opd in self.opds}[code]

    def program(self, code: str) -> Program:
        """The programme with this code; KeyError if there is none."""
        return {program.code: program for program in self.programs}[code]

    def next_window(self, as_of: date) -> SusenasWindow | None:
        """The first window that has not closed on this day; None when all have."""
        return min((w for w in self.windows if w.end >= as_of), key=lambda w: w.start, default=None)
