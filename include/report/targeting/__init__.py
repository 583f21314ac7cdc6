"""What the coordinator is told of targeting, in words (`text.py`), by the queries beside."""
