"""Turns a view into text and HTML; knows nothing of flags, recipients or SMTP.

Templates are MJML under Jinja (autoescaped), so that what comes out are the tables and conditional comments that mail
programs need; the CSS is inlined, but for the media queries that carry the dark colours. Nothing is fetched from outside.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from include.language import indonesian
from include.language.inert import inert

_FOLDER = Path(__file__).with_name("templates")


def render_html(template: str, view: Any) -> str:
    """Renders `<template>.mjml` to HTML with inlined CSS."""
    import css_inline
    from mjml import mjml2html

    source = _environment().get_template(f"{template}.mjml").render(view=view)
    html: str = mjml2html(source)
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    inlined: str = inliner.inline(html)
    return inlined


def render_text(template: str, view: Any) -> str:
    """Renders `<template>.txt` to plain text: no run of more than one blank line, no trailing blanks."""
    text = _environment().get_template(f"{template}.txt").render(view=view)
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(enabled_extensions=("mjml",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_inert_value,
    )
    environment.filters["number"] = indonesian.number
    environment.filters["day"] = indonesian.day
    environment.filters["short_day"] = indonesian.short_day
    environment.filters["capitalised"] = indonesian.capitalised
    return environment


def _inert_value(value: Any) -> Any:
    # Exactly str: a Markup (the outcome of a macro) is our own template's text and keeps its line ends.
    return inert(value, 1_000) if type(value) is str else value
