"""Pages made by others are shown without what they would fetch from elsewhere, or run among our own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from include.report.pages import downloads

GX_PAGE = """<html><head>
<link rel="shortcut icon" href="../static/images/favicon.ico" type="image/x-icon"/>
<link rel="stylesheet" href="https://cdn.example/x.css"><link rel="stylesheet" type="text/css" href='http://cdn.example/y.css'/>
<script src="https://cdn.example/x.js"></script><style>.a { color: red; }</style>
</head><body><img src="https://cdn.example/logo.png"><img src="../static/ours.png"><script>
let a = "<b>";
</script ><a href="https://docs.example/">Docs</a></body></html>"""


def test_great_expectations_pages_fetch_nothing_and_run_nothing():
    shown = downloads._made_local(GX_PAGE, "../../")
    assert not re.search(r"<script|(?:src|link [^>]*href)=[\"']https?:|favicon", shown)
    assert '<link rel="stylesheet" href="../../data-docs.css"></head>' in shown
    assert '<img src="../static/ours.png">' in shown
    assert '<a href="https://docs.example/">Docs</a>' in shown


def test_a_description_cannot_end_the_script_that_dbt_s_page_keeps_it_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    manifest = tmp_path / "manifest.json"
    manifest.write_text(
        json.dumps({"nodes": {"model.a": {"description": "</script><script>alert(1)</script>"}}})
    )
    monkeypatch.setattr(downloads, "MANIFEST", manifest)
    page = downloads._documentation.__wrapped__(0).decode()
    assert "<\\/script><script>alert(1)<\\/script>" in page
    assert "INLINE DATA" not in page
    # What the browser would fetch before the program has filled it in.
    assert 'xlink:href="{{' not in page.replace('ng-attr-xlink:href="{{', "")
    assert "favicon.ico" not in page
