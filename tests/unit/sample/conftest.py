"""A regency that is not Dompu: other codes, time zone, folders and programmes, so that nothing can be hard-
coded."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from include.config import Configuration, load_configuration
from include.settings import Settings
from include.workspace import Workspace

DISTRICTS = {"Rantau": 7, "Ku'u Lama": 5, "Batu II": 4, "Seberang": 3}

FILES = {
    "region.yml": {
        "regency_code": "53.98",
        "regency_name": "Kabupaten Percobaan",
        "province_name": "Provinsi Percobaan",
        "timezone": "Asia/Jakarta",
        "extreme_poverty_line_idr_per_day": 11941,
        "targets": [],
        "official_poverty": [],
    },
    "opds.yml": {
        "opds": [
            {
                "code": "pangan",
                "name": "Dinas Pangan",
                "head_title": "Kepala Dinas Pangan",
                "email": "pangan@contoh.example",
            },
            {
                "code": "pmd",
                "name": "Dinas PMD",
                "head_title": "Kepala Dinas PMD",
                "email": "pmd@contoh.example",
            },
            {
                "code": "sosial",
                "name": "Dinas Sosial",
                "head_title": "Kepala Dinas Sosial",
                "email": "sosial@contoh.example",
            },
        ],
        "coordinator": {"title": "Sekretaris TKPKD", "email": "bappeda@contoh.example"},
        "chair": {"title": "Ketua TKPKD", "email": "ketua@contoh.example"},
    },
    "programs.yml": {
        "programs": [
            {
                "code": "sembako",
                "name": "Bantuan Sembako",
                "unit": "kg",
                "opd": "pangan",
                "entitlement": 15,
                "tolerance": 0,
                "max_amount": 60,
                "unit_price_idr": 14000,
                "periods": [
                    {"period": f"2024-{month:02d}", "due_date": f"2024-{month:02d}-28"}
                    for month in (1, 2, 3, 4, 6, 8)
                ],
                "pauses": [{"start": "2024-02-08", "end": "2024-02-14", "reason": "jeda nasional"}],
            },
            {
                "code": "tunai_desa",
                "name": "Tunai Dana Desa",
                "unit": "IDR",
                "opd": "pmd",
                "entitlement": 300000,
                "tolerance": 0,
                "max_amount": 1800000,
                "max_periods_per_payment": 3,
                "village_kinds": ["desa"],
                "periods": [
                    {"period": f"2024-{month:02d}", "due_date": f"2024-{month:02d}-25"}
                    for month in range(1, 13)
                ],
                "gates": [
                    {"milestone": "anggaran", "name": "Anggaran ditetapkan", "lead_months": 3},
                    {"milestone": "dana", "name": "Dana diterima desa"},
                ],
            },
            {
                "code": "usulan",
                "name": "Program Usulan",
                "unit": "IDR",
                "opd": "sosial",
                "entitlement": 200000,
                "tolerance": 0,
                "max_amount": 600000,
                "status": "planned",
                "periods": [{"period": "2024-01", "due_date": "2024-01-31"}],
            },
        ]
    },
    "feeds.yml": {
        "feeds": [
            {"path": "masuk/sembako/daftar", "opd": "pangan", "kind": "recipients", "program": "sembako"},
            {"path": "masuk/sembako/salur", "opd": "pangan", "kind": "distribution", "program": "sembako"},
            {"path": "pmd/daftar", "opd": "pmd", "kind": "recipients", "program": "tunai_desa"},
            {
                "path": "pmd/salur",
                "opd": "pmd",
                "kind": "distribution",
                "program": "tunai_desa",
                "report_deadline_days": 7,
            },
            {"path": "pmd/tahapan", "opd": "pmd", "kind": "gates"},
            {"path": "sosial/p3ke", "opd": "sosial", "kind": "registry", "registry": "p3ke"},
            {"path": "sosial/dtks", "opd": "sosial", "kind": "registry", "registry": "dtks"},
            {"path": "sosial/dtsen", "opd": "sosial", "kind": "registry", "registry": "dtsen"},
        ]
    },
    "susenas.yml": {
        "windows": [{"year": 2024, "start": "2024-03-04", "end": "2024-03-24", "scope_from": "2023-09-30"}]
    },
    "alerts.yml": {"sender": "pantau@contoh.example", "escalation": []},
}


def _villages() -> str:
    lines = ["village_code,village_name,district_code,district_name,kind,is_pocket,is_remote"]
    for number, (district, count) in enumerate(DISTRICTS.items(), start=1):
        for village in range(1, count + 1):
            kind, code = ("kelurahan", 1000 + village) if village == 1 else ("desa", 2000 + village)
            name = f"{district} {'I' * village}" if village < 4 else f"Ta'a {number}{village}"
            lines.append(f"53.98.{number:02d}.{code},{name},53.98.{number:02d},{district},{kind},false,false")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    folder = tmp_path_factory.mktemp("config")
    for name, content in FILES.items():
        (folder / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    (folder / "villages.csv").write_text(_villages(), encoding="utf-8")
    return load_configuration(folder)


@pytest.fixture(scope="session")
def ws(configuration: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    home: Path = tmp_path_factory.mktemp("home")
    return Workspace(Settings(home=home), configuration)
