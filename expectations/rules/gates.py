"""What the rules on deliveries and logs say of the step that a village still had to take: SQL, and no rule of its own.

A step that blocks excuses nobody and changes no status: it names where help is needed, and since which report.
"""

from __future__ import annotations

from expectations.rules.base import written_day

# Joined to a table with program_code and blocked_by, which may be null: then nothing is said.
GATE = """
        left join reference.program_gates as gate
            on {table}.program_code = gate.program_code and {table}.blocked_by = gate.milestone
"""
_TOLD = f" || ' menurut laporan ' || {written_day('{table}.blocked_reported_on')}"
WAITING = f"'menunggu ' || gate.name || ' sejak ' || {written_day('{table}.blocked_since')}{_TOLD}"
# What was held up on the due date and has come since, or could come since.
HELD_UP = f"""
            case
                when {{table}}.blocked_until is not null
                    then 'tertahan ' || gate.name || ' sampai ' || {written_day("{table}.blocked_until")}{_TOLD}
                when {{table}}.timing_status = 'late' then gate.name || ' belum tercapai pada jatuh tempo'{_TOLD}
                else {WAITING}
            end
"""
