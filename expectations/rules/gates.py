"""What the rules on deliveries and logs say of the step that a village still had to take: SQL, and no rule of its own.

A step that blocks excuses nobody and changes no status: it names where help is needed.
"""

from __future__ import annotations

# Joined to a table with program_code and blocked_by, which may be null: then nothing is said.
GATE = """
        left join reference.program_gates as gate
            on {table}.program_code = gate.program_code and {table}.blocked_by = gate.milestone
"""
WAITING = "'menunggu ' || gate.name || ' sejak ' || {table}.blocked_since"
# What was held up on the due date and has come since, or could come since.
HELD_UP = f"""
            case
                when {{table}}.blocked_until is not null
                    then 'tertahan ' || gate.name || ' sampai ' || {{table}}.blocked_until
                when {{table}}.timing_status = 'late' then gate.name || ' belum tercapai pada jatuh tempo'
                else {WAITING}
            end
"""
