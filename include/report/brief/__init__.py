"""The coordination brief: what the TKPKD needs on its table, on two pages at most, made with every publication.

*.sql        the figures, read from the published audit database alone
contents.py  figures as the words and numbers that the page shows, for as many lines as there is room
brief.typ    the page: its fixed wording and layout
write.py     compiled, shortened until it fits, put in its place
"""

from include.report.brief.write import attachments, try_to_write_brief, write_brief

__all__ = ["attachments", "try_to_write_brief", "write_brief"]
