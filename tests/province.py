"""The part of regencies.yml that stands over the regencies, as tests write it."""


def province_part(home: str, timezone: str = "Asia/Makassar", more: str = "") -> str:
    """The lines of `province`; `more` are further keys, a line each."""
    return f"""
province:
  name: Nusa Tenggara Barat
  timezone: {timezone}
  coordinator: {{title: Sekretaris TKPK Provinsi, email: tkpk@ntb.example}}
  sender: Pantau Salur <pantau@ntb.example>
  engineer_email: data@ntb.example
  home: {home}
{f"  {more}" if more else ""}
"""
