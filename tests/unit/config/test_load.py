"""Every mistake is told at once, with file, key, value and what is allowed."""

import shutil
from datetime import date

import pytest

from include.config import ConfigurationError, configured_timezone, load_configuration
from include.config.errors import MISSING, Problem, shown
from include.config.load import CSV_FILES, OPTIONAL_FILES, YAML_FILES


def test_the_sentence_names_file_key_value_and_what_is_allowed(folder):
    folder.edit("programs.yml", "due_date: 2024-01-25", "due_date: 2024-01-32")
    with pytest.raises(ConfigurationError) as caught:
        folder.load()
    assert str(caught.value) == (
        "The configuration has 1 mistake:\n"
        '  - programs.yml, programs[0].periods[0].due_date: "2024-01-32" cannot be used. '
        "Allowed: a day that exists, written YYYY-MM-DD, for example 2024-01-31."
    )


def test_mistakes_of_all_files_are_told_together(folder):
    folder.edit("region.yml", "timezone: Asia/Makassar", "timezone: WITA")
    folder.edit("opds.yml", "dkp@dompukab.example", "dkp(at)dompukab.example")
    folder.edit("programs.yml", "tolerance: 0 ", "tolerance: 2 ")
    folder.edit("programs.yml", "opd: dpmpd", "opd: dpmd")
    folder.edit("feeds.yml", "program: blt_dd}", "program: blt}")
    folder.edit("susenas.yml", "end: 2024-03-09", "end: 2024-02-09")
    folder.edit("alerts.yml", "settle_seconds", "settle_secs")
    folder.edit("villages.csv", "52.05.01.1001,Bada,52.05.01", "52.05.01.1001,Bada,52.05.02")
    folder.edit("village_aliases.csv", "52.05.05.1002", "52.05.05.1009")
    assert set(folder.problems()) == {
        ("region.yml", "timezone"),
        ("opds.yml", "opds[0].email"),
        ("programs.yml", "programs[0].tolerance"),
        ("programs.yml", "programs[1].opd"),
        ("feeds.yml", "feeds[2].program"),
        ("susenas.yml", "windows[0].end"),
        ("alerts.yml", "settle_secs"),
        ("villages.csv", "line 2, district_code"),
        ("villages.csv", "line 2, district_name"),
        ("village_aliases.csv", "line 4, village_code"),
    }


def test_a_regency_code_without_quotes_is_explained(folder):
    folder.edit("region.yml", '"52.05"', "52.10")
    problem = folder.problems()["region.yml", "regency_code"]
    assert problem.value == "52.1"
    assert 'write it in quotes, for example "52.10"' in problem.allowed


def test_a_name_that_yaml_reads_as_a_word_of_its_own_is_explained(folder):
    folder.edit("opds.yml", "name: Dinas Sosial", "name: no")
    assert "true or false" in folder.problems()["opds.yml", "opds[2].name"].allowed


def test_an_unknown_key_is_an_error_with_a_hint(folder):
    folder.edit("programs.yml", "max_amount: 90 ", "max_amout: 90 ")
    problems = folder.problems()
    assert problems["programs.yml", "programs[0].max_amount"].value == MISSING
    assert problems["programs.yml", "programs[0].max_amout"].allowed.endswith("perhaps max_amount is meant")


def test_a_missing_key_says_what_belongs_there(folder):
    folder.edit("susenas.yml", "    scope_from: 2024-02-18\n", "")
    problem = folder.problems()["susenas.yml", "windows[1].scope_from"]
    assert str(problem).startswith("susenas.yml, windows[1].scope_from: is missing. Allowed: a day written")


def test_an_empty_value_may_be_left_out_where_it_is_optional(folder):
    folder.edit("susenas.yml", "    status: official", "    status:")
    assert folder.problems()["susenas.yml", "windows[0].status"].allowed.endswith("or no such key")


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("region.yml", "poor_people: 33260", "poor_people: 33.26", "official_poverty[0].poor_people"),
        ("region.yml", "line_idr_per_day: 11941", "line_idr_per_day: .nan", "extreme_poverty_line_idr_per_day"),
        ("region.yml", "line_idr_per_day: 11941", "line_idr_per_day: true", "extreme_poverty_line_idr_per_day"),
        ("region.yml", "poverty_rate: 11.59", "poverty_rate: 1159", "official_poverty[2].poverty_rate"),
        ("region.yml", "year: 2023", "year: 2022", "official_poverty[1].year"),
        ("opds.yml", "cc: []", "cc: [a@b.example, nobody]", "opds[0].cc[1]"),
        ("opds.yml", "title: Wakil Bupati", "title: |\n    Bcc: x@y.example\n    Wakil Bupati", "chair.title"),
        ("programs.yml", "unit: kg", "unit: karung", "programs[0].unit"),
        ("programs.yml", "entitlement: 10 ", "entitlement: 0 ", "programs[0].entitlement"),
        ("programs.yml", "max_amount: 90 ", "max_amount: 9 ", "programs[0].max_amount"),
        ("programs.yml", "unit_price_idr: 1\n", "unit_price_idr: 300000\n", "programs[1].unit_price_idr"),
        ("programs.yml", "unit_price_idr: 15000", "unit_price_idr: 0", "programs[0].unit_price_idr"),
        ("programs.yml", "max_periods_per_payment: 3", "max_periods_per_payment: 0", "programs[1].max_periods_per_payment"),
        ("programs.yml", "[desa]", "[dusun]", "programs[1].village_kinds[0]"),
        ("programs.yml", '"2024-02", due', '"2024-01", due', "programs[0].periods[1].period"),
        ("programs.yml", '"2024-02", due', '"Februari 2024", due', "programs[0].periods[1].period"),
        ("programs.yml", "due_date: 2024-02-25", "due_date: 2023-02-25", "programs[0].periods[1].due_date"),
        ("programs.yml", "due_date: 2024-02-25", "due_date: 20240225", "programs[0].periods[1].due_date"),
        ("programs.yml", "due_date: 2024-02-25", "due_date: 2024-02-25 07:00", "programs[0].periods[1].due_date"),
        ("programs.yml", '["2025-06", "2025-07"]', '["2025-06", "2025-08"]', 'programs[0].stages["Tahap I 2025"][1]'),
        ("programs.yml", '["2025-06", "2025-07"]', '["2025-06", "2025-06"]', 'programs[0].stages["Tahap I 2025"][1]'),
        ("programs.yml", '["2025-06", "2025-07"]', "[]", 'programs[0].stages["Tahap I 2025"]'),
        ("programs.yml", "Tahap II 2024", "tahap-i (2024)", 'programs[0].stages["tahap-i (2024)"]'),
        ("programs.yml", "end: 2024-02-14", "end: 2024-02-07", "programs[0].pauses[0].end"),
        ("feeds.yml", "opd: dkp, kind: recip", "opd: dpk, kind: recip", "feeds[0].opd"),
        ("feeds.yml", "opd: dkp, kind: recip", "opd: dinsos, kind: recip", "feeds[0].program"),
        ("feeds.yml", "registry, registry: dtks", "registry", "feeds[5].registry"),
        ("feeds.yml", "kind: recipients, program: beras", "kind: recipients", "feeds[0].program"),
        ("feeds.yml", "penerima, opd: dkp", "penyaluran, opd: dkp", "feeds[1].path"),
        ("feeds.yml", "dkp/beras/penyaluran", "dkp/beras/PENERIMA", "feeds[1].path"),
        ("feeds.yml", "dkp/beras/penyaluran", "dkp/beras/penerima/log", "feeds[1].path"),
        ("feeds.yml", "path: dinsos/p3ke", "path: ../p3ke", "feeds[4].path"),
        ("feeds.yml", "path: dinsos/p3ke", "path: /p3ke", "feeds[4].path"),
        ("feeds.yml", "path: dinsos/p3ke", "path: dinsos//p3ke", "feeds[4].path"),
        ("feeds.yml", "path: dinsos/p3ke", "path: .tersembunyi", "feeds[4].path"),
        ("feeds.yml", "path: dinsos/p3ke", "path: _unknown", "feeds[4].path"),
        ("feeds.yml", "path: dinsos/p3ke", "path: 'dinsos\\p3ke'", "feeds[4].path"),
        ("feeds.yml", "deadline_days: 7", "deadline_days: -1", "feeds[1].report_deadline_days"),
        ("feeds.yml", "program: beras}", "program: beras, columns: {nomor: [x]}}", "feeds[0].columns.nomor"),
        ("feeds.yml", "program: beras}", "program: beras, columns: {nik: [A, a.]}}", "feeds[0].columns.nik[1]"),
        ("susenas.yml", "start: 2024-02-19", "start: 2042-02-19", "windows[0].start"),
        ("susenas.yml", "end: 2024-03-09", "end: 2024-03-09\n    cutoff: 2024-02-20", "windows[0].cutoff"),
        ("susenas.yml", "scope_from: 2023-12-31", "scope_from: 2024-02-19", "windows[0].scope_from"),
        ("susenas.yml", "year: 2025", "year: 2024", "windows[1].year"),
        ("susenas.yml", "status: official", "status: resmi", "windows[0].status"),
        ("region.yml", "extreme_poverty_rate: 2.97", "extreme_poverty_rate: 297", "official_extreme_poverty[0].extreme_poverty_rate"),
        ("targeting.yml", "poorest_deciles: 2", "poorest_deciles: 5", "poorest_deciles"),
        ("targeting.yml", "pocket_share: 0.75", "pocket_share: 75", "pocket_share"),
        ("targeting.yml", "small_cell: 5", "small_cell: 0", "small_cell"),
        ("targeting.yml", "registry_loss_share: 0.35", "registry_loss_share: 35", "registry_loss_share"),
        ("targeting.yml", "registry_whole_share: 0.5", "registry_whole_share: 1", "registry_whole_share"),
        ("targeting.yml", "verdict: allowed", "verdict: boleh", "complementarity[0].verdict"),
        ("targeting.yml", "[beras, blt_dd]", "[beras]", "complementarity[0].programs"),
        ("targeting.yml", "[beras, blt_dd]", "[beras, beras]", "complementarity[0].programs[1]"),
        ("targeting.yml", "[beras, blt_dd]", "[beras, pkh]", "complementarity[0].programs[1]"),
        ("alerts.yml", "@dompukab.example>", "@dompukab.example", "sender"),
        ("alerts.yml", "[7, 3]", "[7, 7]", "reminder_days"),
        ("alerts.yml", "[7, 3]", "[7, 0]", "reminder_days[1]"),
        ("alerts.yml", "to: chair", "to: bupati", "escalation[1].to"),
        ("alerts.yml", "days_overdue: 21, days_to_cutoff: 7", "", "escalation[1]"),
        ("alerts.yml", "quiet_days: []", "quiet_days: [minggu]", "quiet_days[0]"),
        ("limits.yml", "file_bytes: 200_000_000", "file_bytes: 200 MB", "file_bytes"),
        ("limits.yml", "sheets: 200", "sheets: 1024", "sheets"),
        ("limits.yml", "rows: 2_000_000", "rows: 67_108_864", "rows"),
        ("limits.yml", "compression_ratio: 200", "compression_ratio: 1", "compression_ratio"),
        ("retention.yml", "archive: 10", "archives: 10", "years.archives"),
        ("villages.csv", "desa,false,false\n", "dusun,false,false\n", "line 8, kind"),
        ("villages.csv", "kelurahan,false,false", "kelurahan,tidak,false", "line 2, is_pocket"),
        ("villages.csv", "52.05.01.1002,Bali", "52.05.01.1002,BADA", "line 3, village_name"),
        ("villages.csv", "52.05.01.1001,Bada", "5205011001,Bada", "line 2, village_code"),
        ("village_aliases.csv", "Dorotangga", "Bada", "line 5, alias"),
        ("village_aliases.csv", "Manggelewa,Manggalewa", "Manggelewa,", "line 2, district_name"),
        ("village_aliases.csv", "Kandai 2,Woja", "Kandai 2,Dompu", "line 4, district_name"),
        ("village_aliases.csv", "Kandai 2,Woja", "Kandai 2,Wodja", "line 4, district_name"),
        ("village_aliases.csv", "awal,2026-11-23", "awal,23/11/2026", "line 2, noted_on"),
    ],
)  # fmt: skip
def test_each_mistake_is_found_where_it_stands(folder, file, old, new, key):
    folder.edit(file, old, new)
    problems = folder.problems()
    assert (file, key) in problems
    assert problems[file, key].allowed
    # One slip makes no avalanche: at most the village's codes that depend on it complain too.
    assert len(problems) <= 2


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("opds.yml", "code: dinsos", "code: dkp", "opds[2].code"),
        ("opds.yml", "code: dkp", "code: DKP Dompu", "opds[0].code"),
        ("programs.yml", "code: blt_dd", "code: beras", "programs[1].code"),
    ],
)
def test_a_wrong_code_is_found_together_with_what_refers_to_it(folder, file, old, new, key):
    folder.edit(file, old, new)
    problems = folder.problems()
    assert (file, key) in problems
    assert any(where == "feeds.yml" for where, _ in problems)


def test_what_belongs_to_another_regency_is_refused(folder):
    folder.edit("region.yml", '"52.05"', '"52.06"')
    problems = folder.problems()
    assert len(problems) == 81
    assert (
        problems["villages.csv", "line 2, village_code"].allowed
        == "a code of this regency, beginning with 52.06."
    )


def test_one_alias_with_two_meanings(folder):
    folder.write(
        "village_aliases.csv",
        folder.text("village_aliases.csv") + "kandai  1,Dompu,52.05.01.1001,x,2026-01-01\n",
    )
    assert "line 3" in folder.problems()["village_aliases.csv", "line 9, alias"].allowed


def test_overlapping_pauses_would_count_twice(folder):
    more = "      - {start: 2024-02-14, end: 2024-02-20, reason: y}\n"
    # The shipped pause ends on the day on which the new one starts.
    folder.edit("programs.yml", "    pauses:\n", f"    pauses:\n{more}")
    assert list(folder.problems()) == [("programs.yml", "programs[0].pauses[0].start")]


def test_overlapping_windows_are_allowed(folder):
    folder.edit("susenas.yml", "start: 2025-02-08", "start: 2024-03-01")
    folder.edit("susenas.yml", "scope_from: 2024-02-18", "scope_from: 2024-01-31")
    first, second = folder.load().windows
    assert second.start < first.end


def test_a_stage_without_a_year_may_list_several_years(folder):
    folder.edit("programs.yml", 'Tahap I 2024: ["2024-01"', 'Tahap I: ["2025-06", "2024-01"')
    folder.edit("programs.yml", '      Tahap I 2025: ["2025-06", "2025-07"]\n', "")
    assert folder.load().program("beras").stages["Tahap I"][0] == "2025-06"


def test_a_stage_named_with_and_without_its_year_is_ambiguous(folder):
    folder.edit("programs.yml", "Tahap II 2024:", "Tahap I:")
    assert list(folder.problems()) == [("programs.yml", 'programs[0].stages["Tahap I"]')]


# --- files as such


@pytest.mark.parametrize("file", sorted({*YAML_FILES, *CSV_FILES} - set(OPTIONAL_FILES)))
def test_a_missing_file_is_named_and_blames_no_other(folder, file):
    (folder.path / file).unlink()
    assert list(folder.problems()) == [(file, "")]


@pytest.mark.parametrize("file", ["region.yml", "villages.csv", "limits.yml"])
@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_named(folder, file, content):
    folder.write(file, content)
    assert folder.problems()[file, ""].value == "an empty file"


def test_a_pair_of_programmes_is_judged_once_whichever_stands_first(folder):
    again = "  - {programs: [blt_dd, beras], verdict: ask, source: Rapat}\n"
    folder.write("targeting.yml", folder.text("targeting.yml") + again)
    assert list(folder.problems()) == [("targeting.yml", "complementarity[1].programs")]


def test_optional_files_may_be_absent(folder):
    for file in ("limits.yml", "retention.yml", "village_aliases.csv", "targeting.yml"):
        (folder.path / file).unlink()
    configuration = folder.load()
    assert (configuration.targeting.poor_deciles, configuration.targeting.pocket_share) == (4, None)
    assert configuration.targeting.complementarity == []
    assert configuration.limits.rows == 2_000_000
    assert configuration.retention.years.archive == 10
    assert configuration.village_aliases == []
    assert configuration.boundaries_file is None


def test_a_file_of_an_unknown_name_is_not_silently_ignored(folder):
    (folder.path / "limits.yml").rename(folder.path / "limit.yaml")
    assert "perhaps limits.yml is meant" in folder.problems()["limit.yaml", ""].allowed


def test_a_missing_folder_is_told_plainly(tmp_path):
    with pytest.raises(ConfigurationError, match="PANTAU_CONFIG"):
        load_configuration(tmp_path / "nowhere")


def test_the_same_key_twice_is_a_mistake(folder):
    folder.edit("region.yml", "timezone: Asia/Makassar", "timezone: Asia/Makassar\ntimezone: Asia/Jakarta")
    problem = folder.problems()["region.yml", "line 7"]
    assert problem.value == 'the key "timezone"'
    assert "line 6" in problem.allowed


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("windows: [", "line 2, column 1"),
        ("windows:\n\t- year: 2024", "line 2, column 1"),
        ("a: b: c", "line 1, column 5"),
        ("- year: 2024", ""),
        ("windows", ""),
        ("? [a]\n: 1", "line 1"),
        ("x: !!python/object/apply:os.system [ls]", "line 1, column 4"),
        ("x: *nowhere", "line 1, column 4"),
    ],
)
def test_what_is_no_yaml_is_told_by_its_place(folder, text, key):
    folder.write("susenas.yml", text + "\n")
    assert list(folder.problems()) == [("susenas.yml", key)]


def test_a_byte_order_mark_and_windows_line_ends_are_harmless(folder):
    for file in ("region.yml", "villages.csv"):
        text = folder.text(file)
        folder.write(file, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert len(folder.load().villages) == 81


def test_other_encodings_are_named(folder):
    folder.write("region.yml", folder.text("region.yml").encode("utf-16"))
    folder.write("villages.csv", folder.text("villages.csv").replace("Bada", "Badé").encode("cp1252"))
    problems = folder.problems()
    assert problems["region.yml", ""].value == "text in UTF-16"
    assert "UTF-8" in problems["villages.csv", "line 2"].allowed


def test_a_csv_of_semicolons_is_explained(folder):
    folder.write("villages.csv", folder.text("villages.csv").replace(",", ";"))
    assert list(folder.problems()) == [("villages.csv", "header")]


def test_a_csv_with_other_columns_is_explained(folder):
    folder.edit("villages.csv", "district_name,kind", "kecamatan,kind")
    problems = folder.problems()
    assert problems["villages.csv", "column district_name"].value == MISSING
    assert "kecamatan" in problems["villages.csv", "header"].value


def test_columns_may_stand_in_any_order(folder):
    rows = [line.split(",") for line in folder.text("villages.csv").splitlines()]
    folder.write("villages.csv", "\n".join(",".join([*row[1:], row[0]]) for row in rows))
    assert folder.load().villages[0].village_code == "52.05.01.1001"


@pytest.mark.parametrize(("row", "place"), [("52.05.09.2001,A,52.05.09", "line 83"), ('"open', "line 83")])
def test_a_broken_row_is_named(folder, row, place):
    folder.write("villages.csv", folder.text("villages.csv") + row + "\n")
    assert ("villages.csv", place) in folder.problems()


def test_a_table_without_rows_is_a_mistake(folder):
    folder.write("villages.csv", folder.text("villages.csv").splitlines()[0] + "\n")
    assert folder.problems()["villages.csv", ""].value == "a table without rows"


def test_a_folder_in_the_place_of_a_file(folder):
    (folder.path / "alerts.yml").unlink()
    (folder.path / "alerts.yml").mkdir()
    assert list(folder.problems()) == [("alerts.yml", "")]


# --- boundaries


SHAPE = '{"type": "Feature", "geometry": null, "properties": {"village_code": "%s"}}'


def shapes(*codes):
    return f'{{"type": "FeatureCollection", "features": [{", ".join(SHAPE % code for code in codes)}]}}'


def test_boundaries_are_found(folder):
    folder.write("boundaries.geojson", shapes("52.05.01.1001"))
    assert folder.load().boundaries_file == folder.path / "boundaries.geojson"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (shapes("52.05.99.1001"), "features[0].properties.village_code"),
        (shapes("52.05.01.1001", "52.05.01.1001"), "features[1].properties.village_code"),
        ('{"type": "FeatureCollection", "features": [{}]}', "features[0].properties.village_code"),
        ('{"type": "Feature"}', ""),
        ("{", "line 1"),
    ],
)
def test_boundaries_that_fit_no_village(folder, content, key):
    folder.write("boundaries.geojson", content)
    assert list(folder.problems()) == [("boundaries.geojson", key)]


# --- what is filled in


def test_the_engineer_is_the_coordinator_unless_named(folder):
    folder.edit("alerts.yml", "engineer_email: data.engineer@dompukab.example\n", "")
    assert folder.load().alerts.engineer_email == "bappeda.litbang@dompukab.example"


def test_defaults_of_the_contract(folder):
    folder.write("alerts.yml", "sender: pantau@dompukab.example\n")
    alerts = folder.load().alerts
    assert (alerts.reminder_days, alerts.settle_seconds, alerts.escalation) == ([7, 3], 600, [])
    feed = folder.load().feed("dkp/beras/penerima")
    assert feed.report_deadline_days == 7


@pytest.mark.parametrize("status", ["paused", "cancelled"])
def test_a_programme_that_stopped_nobody_knows_when_expects_nothing(folder, status):
    folder.edit("programs.yml", "unit: kg\n", f"unit: kg\n    status: {status}\n")
    assert folder.load().program("beras").status_from == date.min
    folder.edit("programs.yml", "unit: kg\n", "unit: kg\n    status_from: 2024-04-01\n")
    assert folder.load().program("beras").status_from == date(2024, 4, 1)


def test_a_rupiah_costs_a_rupiah(folder):
    folder.edit("programs.yml", "    unit_price_idr: 1\n", "")
    assert folder.load().program("blt_dd").unit_price_idr == 1


def test_a_given_cutoff_stands(folder):
    folder.edit("susenas.yml", "end: 2024-03-09", "end: 2024-03-09\n    cutoff: 2024-02-15")
    assert folder.load().windows[0].cutoff == date(2024, 2, 15)


# --- asking the configuration


def test_things_are_found_by_code(folder):
    configuration = folder.load()
    assert configuration.opd("dinsos").name == "Dinas Sosial"
    assert configuration.feed("dinsos/dtks").registry == "dtks"
    for ask in (configuration.opd, configuration.program, configuration.feed):
        with pytest.raises(KeyError):
            ask("nothing")


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ("2023-01-01", 2024),
        ("2024-03-09", 2024),
        ("2024-03-10", 2025),
        ("2025-02-27", 2025),
        ("2025-02-28", None),
    ],
)
def test_the_next_window_is_the_first_that_has_not_closed(folder, day, year):
    window = folder.load().next_window(date.fromisoformat(day))
    assert (window.year if window else None) == year


def test_the_clock_learns_the_time_zone_even_of_a_broken_configuration(folder, tmp_path):
    folder.edit("region.yml", "Asia/Makassar", "Asia/Jayapura")
    assert configured_timezone(folder.path).key == "Asia/Jayapura"
    folder.edit("region.yml", "Asia/Jayapura", "../../etc/passwd")
    assert configured_timezone(folder.path).key == "Asia/Makassar"
    shutil.rmtree(folder.path)
    assert configured_timezone(folder.path).key == "Asia/Makassar"


def test_values_are_quoted_short_and_on_one_line():
    assert shown("a\nb") == '"a?b"'
    assert len(shown("x" * 500)) < 90
    assert (
        str(Problem("a.yml", "", "nothing", "something"))
        == "a.yml: nothing cannot be used. Allowed: something."
    )


@pytest.mark.parametrize(
    ("old", "new", "key", "allowed"),
    [
        ("milestone: sk_penerima", "milestone: apbdes", "gates[1].milestone", "only once"),
        ("name: Dana Desa masuk RKD", "name: A.P.B. Des", "gates[2].name", "one meaning"),
        ("aliases: [Dana Desa, ", "aliases: [APBDes, ", "gates[2].aliases[0]", "gives it to"),
        ("milestone: dana_desa", "milestone: Dana Desa", "gates[2].milestone", "a short code"),
        ("lead_months: 3", "lead_months: 12", "gates[0].lead_months", "from 0 to 11"),
        ("lead_months: 3", "leadmonths: 3", "gates[0].leadmonths", "perhaps lead_months is meant"),
    ],
)
def test_a_mistake_in_the_steps_is_told(folder, old, new, key, allowed):
    folder.edit("programs.yml", old, new)
    problems = folder.problems()
    assert allowed in problems["programs.yml", f"programs[1].{key}"].allowed


SNOOZE = {
    "opd": "dpmpd",
    "program": "blt_dd",
    "rule": "log_missing",
    "until": "2024-03-01",
    "reason": "Rapat TKPKD",
}


def snoozes(*entries):
    return "snoozes:\n" + "".join(
        "  - {" + ", ".join(f"{key}: {value}" for key, value in entry.items()) + "}\n" for entry in entries
    )


def test_snoozes_are_read_and_may_be_wider(folder):
    folder.write("snoozes.yml", snoozes(SNOOZE, {key: SNOOZE[key] for key in ("opd", "until", "reason")}))
    narrow, wide = folder.load().snoozes
    assert (narrow.opd, narrow.program, narrow.rule) == ("dpmpd", "blt_dd", "log_missing")
    assert (narrow.until, narrow.reason) == (date(2024, 3, 1), "Rapat TKPKD")
    assert (wide.program, wide.rule) == (None, None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("opd", "dpmd"), ("program", "blt"), ("program", "beras"), ("rule", "log_mising"), ("until", "besok"),
        ("reason", '""'), ("until", None), ("reason", None),
    ],
)  # fmt: skip
def test_a_snooze_names_what_exists_and_says_why(folder, key, value):
    entry = {name: given for name, given in (SNOOZE | {key: value}).items() if given is not None}
    folder.write("snoozes.yml", snoozes(entry))
    assert set(folder.problems()) == {("snoozes.yml", f"snoozes[0].{key}")}


def test_a_programme_of_another_opd_is_explained(folder):
    folder.write("snoozes.yml", snoozes(SNOOZE | {"program": "beras"}))
    assert folder.problems()["snoozes.yml", "snoozes[0].program"].allowed == (
        'a programme of the OPD "dpmpd"; this one belongs to "dkp"'
    )


def test_a_snooze_that_is_over_is_no_mistake(folder):
    folder.write("snoozes.yml", snoozes(SNOOZE | {"until": "2001-01-01"}))
    assert folder.load().snoozes[0].until == date(2001, 1, 1)
