"""From any figure back to file, sheet and row, and what is needed to judge it oneself."""

from __future__ import annotations


def steps(home, timing: str) -> list[tuple]:
    return home.audit(
        "select step, file_name, row_number, status, as_sent from audit.trace("
        f"(select min(entitlement_id) from audit.delivery_accuracy where timing_status = '{timing}'))"
    )


def test_an_entitlement_tells_every_row_that_bears_on_it(pristine):
    home, _ = pristine
    found = steps(home, "incomplete")
    assert [step for step, *_ in found] == [
        "hak", "penyaluran", "baris ditolak", "penilaian", "temuan", "temuan", "temuan", "surel",
    ]  # fmt: skip
    assert found[0][1:3] == ("Daftar KPM 2024.xlsx", 8)
    assert found[0][4] == "desa: Ds. NOWA; kecamatan: Woja"
    assert found[1][1:] == (
        "Nowa Januari (final).xlsx",
        9,
        "delivered",
        "jumlah: 5; tanggal: 20-1-24; status: V",
    )
    assert found[2][1:4] == ("Nowa Januari (final).xlsx", 12, "amount_invalid")
    assert "banyak" not in found[2][4]
    assert "52050599019" not in str(found)


def test_a_figure_in_an_email_leads_to_its_rows_in_one_query(pristine):
    home, _ = pristine
    told = home.audit(
        "select rule, village_name, file_name, row_number from audit.told((select alert_id from audit.alerts "
        "where opd_code = 'dkp' and kind = 'digest')) where rule in ('delivery_missing', 'delivery_late')"
    )
    assert told == [
        ("delivery_missing", "Nowa", "Daftar KPM 2024.xlsx", 9),
        ("delivery_missing", "Riwo", "Daftar KPM 2024.xlsx", 11),
        ("delivery_missing", "Riwo", "Daftar KPM 2024.xlsx", 10),
        ("delivery_late", "Nowa", "Nowa Januari (final).xlsx", 8),
    ]


def test_a_village_is_named_for_every_finding_that_has_one(pristine):
    home, _ = pristine
    named = home.audit(
        "select rule, village_name from audit.told((select alert_id from audit.alerts where opd_code = 'dkp' and kind = 'digest')) "
        "where village_code is not null"
    )
    assert {rule for rule, _ in named} >= {"log_missing", "recipient_not_listed", "delivery_missing"}
    assert [rule for rule, village in named if village is None] == []


def test_days_late_can_be_counted_again_from_the_file_alone(pristine):
    """Due date, pauses and working days stand beside the judgement."""
    home, _ = pristine
    recounted = home.audit(
        """
        with late as (
            select accuracy.*, coalesce(accuracy.completed_on, parameters.as_of) as until_day, periods.due_date as own_due_date
            from audit.delivery_accuracy as accuracy
            cross join audit.parameters as parameters
            inner join audit.program_periods as periods
                on accuracy.program_code = periods.program_code and accuracy.period = periods.period
        )

        select late.entitlement_id
        from late
        left join audit.calendar as calendar on calendar.day > late.own_due_date and calendar.day <= late.until_day
        left join audit.program_pauses as pauses
            on late.program_code = pauses.program_code and calendar.day between pauses.starts_on and pauses.ends_on
        group by late.entitlement_id, late.due_date, late.own_due_date, late.days_late, late.working_days_late
        having
            late.due_date <> late.own_due_date
            or count(calendar.day) filter (where pauses.program_code is null) <> late.days_late
            or count(calendar.day) filter (where pauses.program_code is null and calendar.is_working_day)
            <> late.working_days_late
        """
    )
    assert recounted == []


def test_every_row_that_was_read_is_somewhere(pristine):
    home, _ = pristine
    assert (
        home.audit(
            "select s.file_name, s.rows_skipped, count(k.row_number) from audit.submissions s "
            "left join audit.skipped_rows k using (submission_id) group by all having s.rows_skipped <> count(k.row_number)"
        )
        == []
    )
    kinds = home.audit("select row_kind, count(*) from audit.skipped_rows group by all order by all")
    assert dict(kinds)["total"] == 1
    assert dict(kinds)["signature"] == 2


def test_the_configuration_that_judged_is_in_the_file(pristine):
    home, _ = pristine
    assert home.audit("select program_code, entitlement, tolerance from audit.programs order by 1") == [
        ("beras", 10, 0), ("blt_dd", 300000, 0),
    ]  # fmt: skip
    assert len(home.audit("select 1 from audit.program_periods")) == 3
    assert home.audit("select susenas_year, cutoff::varchar from audit.susenas_windows") == [
        (2024, "2024-02-18")
    ]
    assert home.audit(
        "select report_deadline_days from audit.report_deadlines where kind = 'distribution'"
    ) == [(7,), (7,)]


def test_every_table_and_column_of_the_file_is_described(pristine):
    home, _ = pristine
    assert (
        home.audit("select table_name, column_name from audit.data_dictionary where description = ''") == []
    )
    assert home.audit("select table_name from duckdb_tables() where comment is null") == []


def test_one_publication_against_itself_is_said_to_be_one(pristine):
    home, _ = pristine
    told = home.pantau("changes", "1", "2024-02-16")
    assert told.startswith("1 and 2024-02-16 mean the same publication, 1 of 2024-02-16 ")
    assert "entitlements" not in told
